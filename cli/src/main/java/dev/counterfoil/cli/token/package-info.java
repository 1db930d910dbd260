/**
 * Commands about single tokens: get, record, verify.
 *
 * <p><b>Trust.</b> They take tokens and secrets from files and standard input, never from
 * arguments.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.token;
