/**
 * What was found and where, and what could not be opened.
 *
 * <p><b>Trust.</b> A finding names a place and never shows the key.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.scan.finding;
