package dev.counterfoil.monitor.findings;

/**
 * What a key signed outside its signer, by open findings.
 *
 * @param count of tokens
 * @param twoHistories how many of those may be honest ones of their log's other history
 */
public record ForgedByKey(String kid, long count, long twoHistories) {}
