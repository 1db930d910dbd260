/**
 * The drill of rotation: keys follow each other hundreds of times faster than in earnest, under
 * load.
 *
 * <p><b>Trust.</b> It changes the pace of a throwaway installation alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.rotation;
