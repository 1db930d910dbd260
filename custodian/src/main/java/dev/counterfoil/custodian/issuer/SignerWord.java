package dev.counterfoil.custodian.issuer;

import java.time.Instant;

/**
 * What an authority says of a log's signer, and of one token. Its word alone: nothing shows it.
 *
 * @param connected whether the signer is there
 * @param since from when on it has been, or has been away
 * @param completeSince from when on the authority remembers every token that it handed out
 * @param released whether it remembers this one
 */
public record SignerWord(
    boolean connected, Instant since, Instant completeSince, boolean released) {}
