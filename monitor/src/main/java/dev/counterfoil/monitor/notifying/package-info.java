/**
 * Tells findings outside: by webhook, to an OpenTelemetry receiver or a syslog server, by e-mail,
 * each again until it is taken.
 *
 * <p>A way of telling enters here as a {@code Channel}; what is to be told comes from {@code
 * findings}, and where to from the configuration alone.
 *
 * <p><b>Trust.</b> An attacker who controls it keeps findings from those who are on call, tells
 * invented ones with a good signature, and reads the secrets of the channels. The findings
 * themselves stay in the database and in the audit log. A receiver that an attacker controls learns
 * of findings, can hold back its own channel, which becomes a finding, and gets nothing else done.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor.notifying;
