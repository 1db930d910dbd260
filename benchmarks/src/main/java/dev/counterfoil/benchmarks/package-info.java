/**
 * Measures: how many tokens a second, how long an answer takes, how soon an installation is ready.
 *
 * <p><b>Trust.</b> Nothing here is part of an installation. A run makes throwaway installations
 * with random secrets in a folder of its own, talks to 127.0.0.1 only, and ends what it started. An
 * attacker who controls this part can publish wrong figures, and cannot reach a key that signs real
 * tokens.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks;
