/**
 * How public documents are fetched and read: bounded in size, time and depth.
 *
 * <p><b>Trust.</b> Every answer may be an attacker's.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.assess.fetch;
