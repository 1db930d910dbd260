/**
 * Commands about logs: check, prove, watch, publish, restore.
 *
 * <p><b>Trust.</b> They need a log's public side. An attacker who controls them tells their user
 * that a log is whole that is not.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.log;
