/**
 * What an operator's monitoring looks at: one list, from which rules, their tests and the dashboard
 * in {@code deploy/} are made.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.testing.monitoring;
