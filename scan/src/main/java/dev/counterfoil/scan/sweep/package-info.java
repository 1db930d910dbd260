/**
 * One pass over bytes: what is looked for in them, as they are and as text that holds bytes.
 *
 * <p><b>Trust.</b> Each byte may be a stranger's; no look reads past what is there.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.scan.sweep;
