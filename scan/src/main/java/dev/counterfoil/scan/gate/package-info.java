/**
 * The gate through which a file leaves: out where it is clean, else into quarantine, with a record.
 *
 * <p><b>Trust.</b> What it lets out was examined in the copy that leaves.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.scan.gate;
