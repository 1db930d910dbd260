/**
 * What a rule says: immutable values, without files and without state.
 *
 * <p>Only what every room of this module speaks of enters here.
 *
 * <p><b>Trust.</b> Nothing here acts. An attacker who controls these values decides what is found,
 * and no more.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.rules.model;
