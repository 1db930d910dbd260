/**
 * The drill of memory images: what a crash leaves of every process's secrets.
 *
 * <p><b>Trust.</b> It reads images of the throwaway installation's processes alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.memory;
