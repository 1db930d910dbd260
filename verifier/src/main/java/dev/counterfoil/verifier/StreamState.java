package dev.counterfoil.verifier;

import java.time.Duration;
import java.util.Optional;

/**
 * How the stream of one log stands.
 *
 * @param log its short name
 * @param size position up to which leaves count
 * @param leaves how many of them are resident
 * @param bytes what they take
 * @param lag since when nothing is known of the log's tip; empty before the first checkpoint was
 *     reached. Up to a second while the log does not grow
 * @param isRunning whether leaves arrive; tokens younger than {@code size} are looked for in tiles
 *     while they do not
 */
public record StreamState(
    String log, long size, long leaves, long bytes, Optional<Duration> lag, boolean isRunning) {}
