/**
 * Commands that start processes: a trial installation, a drill, a context for another program.
 *
 * <p><b>Trust.</b> The processes run as the Unix user who starts them, and hold no more than that
 * user.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.up;
