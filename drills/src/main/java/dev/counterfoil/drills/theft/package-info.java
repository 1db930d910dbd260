/**
 * Drills of stolen keys and signers, and what a thief makes of them.
 *
 * <p>A forgery enters here with the control that must refuse it.
 *
 * <p><b>Trust.</b> It forges tokens of a throwaway installation alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.theft;
