package dev.counterfoil.registrar;

import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.Set;

/**
 * The operators' desk with the audit log before it: exactly one event for what an operator asks; of
 * a change in the key log it is that of the change itself, kept before it stands there. What is
 * refused after that has a second event, which says so. Belongs to the registrar's thread.
 */
final class AuditedDesk {
  /** Commands that change nothing in the key log, and are said before they are done. */
  private static final Set<String> BEFORE =
      Set.of(
          Commands.STATE_DISCLOSURE_KEY,
          Commands.MAKE_STATEMENT_KEY,
          Commands.ADD_TENANT,
          Commands.CONFIRM);

  private final OperatorDesk desk;
  private final ProcessAudit audit;

  AuditedDesk(OperatorDesk desk, ProcessAudit audit) {
    this.desk = desk;
    this.audit = audit;
  }

  /** Takes an operator's command. */
  Answer carryOut(Request.Command command, String user)
      throws IOException, GeneralSecurityException {
    Optional<Answer.Refused> unrecorded = audit.obstacle(command.name());
    if (unrecorded.isPresent()) {
      return unrecorded.get();
    }
    long before = audit.said();
    if (BEFORE.contains(command.name())) {
      audit.keep(audit.command(command.name(), command.arguments(), user));
    }
    audit.asks(user);
    Answer answer;
    try {
      answer = desk.carryOut(command, user);
    } finally {
      audit.asks("");
    }
    if (answer instanceof Answer.Refused refused) {
      audit.keep(
          audit
              .command(command.name(), command.arguments(), user)
              .refused(refused.code().name(), refused.text()));
    } else if (audit.said() == before) {
      // It waits for a second person, or changed nothing.
      audit.keep(audit.command(command.name(), command.arguments(), user));
    }
    return answer;
  }
}
