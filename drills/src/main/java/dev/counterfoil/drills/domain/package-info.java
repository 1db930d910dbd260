/**
 * A trust domain of a throwaway installation, as its users and its operator see it.
 *
 * <p>It goes through public ways in: HTTP and admin sockets.
 *
 * <p><b>Trust.</b> It holds secrets of the throwaway installation alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.domain;
