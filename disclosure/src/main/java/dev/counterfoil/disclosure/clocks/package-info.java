/**
 * Clocks: by when whom to tell what, as reviewed data, and when each one is due.
 *
 * <p><b>Trust.</b> Rules enter from files that are built in, and from files that the operator
 * names; decisions that start a clock enter from people. An attacker who controls this part can
 * hide that something is due, and no more.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.disclosure.clocks;
