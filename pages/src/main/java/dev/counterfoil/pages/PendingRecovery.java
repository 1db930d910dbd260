package dev.counterfoil.pages;

import java.time.Instant;

/**
 * That a recovery of the account was begun, which its person can stop.
 *
 * @param begun when
 * @param due from when on its link holds
 */
public record PendingRecovery(Instant begun, Instant due) {}
