/**
 * The commands {@code reports}: what people reported, and what came of it.
 *
 * <p><b>Trust.</b> A stranger wrote the texts: they are printed as plain text. An attacker who
 * controls these commands does what their operator may do.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.reports;
