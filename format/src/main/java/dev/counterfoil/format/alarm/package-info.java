/**
 * Which alarms a domain's keys give, by key log and clock alone.
 *
 * <p>It shares no code with the rotation of keys: a defect there must not silence an alarm here.
 *
 * <p><b>Trust.</b> An attacker who controls it silences alarms; no key holds longer for that.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.alarm;
