/**
 * Commands that prove what an audit log says: keys that are trusted, exports, restored logs, and
 * tenants that add up.
 *
 * <p><b>Trust.</b> They believe keys that the user names or that the key log states. An attacker
 * who controls this room can call a false export verified.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.audit.verification;
