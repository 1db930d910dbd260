package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.keys.KeyStatement;

/**
 * A key that a domain's registrar stated once. It is remembered after it is withdrawn, so that the
 * signatures of tokens that claim it can still be checked.
 *
 * @param domain the trust domain that stated it
 * @param statement the last statement seen
 */
public record KnownKey(String domain, KeyStatement statement) {}
