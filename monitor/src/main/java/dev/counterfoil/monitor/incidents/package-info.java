/**
 * Incidents: findings that belong together, who looks after them, and what was touched.
 *
 * <p>Findings enter by their numbers, each once. An incident is opened, grows, and is merged with
 * another when a finding belongs to both ({@link dev.counterfoil.monitor.incidents.Grouping}). What
 * an incident touched is not kept: it is computed from sightings, counterfoils and audit events
 * whenever it is asked for.
 *
 * <p><b>Trust.</b> An attacker who controls it puts findings into wrong incidents, closes them, or
 * shows too little as touched; the findings themselves, and the events from which the answer is
 * computed, are elsewhere. A thief who presents forged tokens chooses the names in them, so they
 * can draw findings of others into their own incident, and take none out.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.incidents;
