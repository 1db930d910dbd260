/**
 * An event in the forms in which it is kept: in full, as a row, and as the outline that is left
 * when it is forgotten.
 *
 * <p>A form enters here with the way back to the bytes that the leaf names.
 *
 * <p><b>Trust.</b> An attacker who controls it shows events otherwise than they were recorded;
 * proofs in an export show that.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.event;
