package dev.counterfoil.registrar;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogConsent;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogStated;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;

/**
 * The registrar's commands about the audit log. To state one takes an operator, by the admin
 * socket, and whoever holds the audit log's key, by a consent that names this key log. So nobody's
 * audit log is stated without him. It does not say whose key it is: an operator who has made one
 * himself can state it, alone where the configuration asks for no second person.
 */
final class AuditLogStating {
  private final RegistrarConfiguration configuration;
  private final RegistrarLog keyLog;

  AuditLogStating(RegistrarConfiguration configuration, RegistrarLog keyLog) {
    this.configuration = configuration;
    this.keyLog = keyLog;
  }

  Answer state(JsonObject arguments) throws FormatException, GeneralSecurityException {
    arguments.allowOnly("vkey", "consent", "follows");
    AuditLogStated event =
        new AuditLogStated(
            NoteKey.parse(arguments.string("vkey")),
            arguments.string("consent"),
            arguments.optionalString("follows"));
    if (standing().stream().anyMatch(log -> log.key().equals(event.key()))) {
      return keyLog.unchanged();
    }
    if (keyLog.delegation().isEmpty()) {
      return RegistrarLog.noDelegation();
    }
    try {
      AuditLogConsent _ =
          AuditLogConsent.verify(
              event.consent(),
              event.key(),
              KeyLog.origin(configuration.process().issuer().toString()));
    } catch (FormatException e) {
      return new Answer.Refused(Code.OUT_OF_SCOPE, String.valueOf(e.getMessage()));
    }
    // Whether it may stand in the log: asked before anybody is told of it.
    Optional<String> objection = keyLog.state().objection(event);
    return objection.isPresent()
        ? new Answer.Refused(Code.CONFLICT, objection.get())
        : keyLog.give(List.of(event));
  }

  Answer end(JsonObject arguments) throws FormatException {
    arguments.allowOnly("origin", "size", "reason");
    String origin = arguments.string("origin");
    AuditLogEnded event;
    try {
      event =
          new AuditLogEnded(
              origin,
              KeySet.position(arguments, "size"),
              AuditLogEnded.Reason.parse(arguments.string("reason")));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
    Optional<StatedAuditLog> stated =
        keyLog.state().auditLogs().stream()
            .filter(log -> log.key().name().equals(origin))
            .findFirst();
    if (stated.isEmpty()) {
      return new Answer.Refused(Code.UNKNOWN, "there is no such audit log");
    }
    Optional<StatedAuditLog.Ended> before = ended(origin);
    if (before.isPresent() && !event.narrows(before.get())) {
      return keyLog.unchanged();
    }
    // A slip of the hand would refuse every export for good. Who means it says withdrawn.
    return event.reason() != AuditLogEnded.Reason.WITHDRAWN && event.size() < stated.get().size()
        ? new Answer.Refused(
            Code.CONFLICT,
            ("the audit log had %d events when it was stated, and an end at %d is"
                    + " final. Name the last size that it signed")
                .formatted(stated.get().size(), event.size()))
        : keyLog.takeBack(event);
  }

  private Optional<StatedAuditLog.Ended> ended(String origin) {
    return keyLog.state().endedAuditLogs().stream()
        .filter(log -> log.origin().equals(origin))
        .findFirst();
  }

  /** The audit logs that are stated and have not ended. */
  List<StatedAuditLog> standing() {
    return keyLog.state().auditLogs().stream()
        .filter(log -> ended(log.key().name()).isEmpty())
        .toList();
  }
}
