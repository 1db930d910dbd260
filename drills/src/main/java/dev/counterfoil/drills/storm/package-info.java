/**
 * The drill of the breach of 2023, in four acts, on a throwaway stage.
 *
 * <p>An act enters here with what it expects of each control.
 *
 * <p><b>Trust.</b> Its thief has the keys of the throwaway stage alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.storm;
