package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.KeyTexts;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows, states and ends the audit log's key in the key log. */
@Command(
    name = "key",
    description = {
      "Shows, states or ends the audit log's key in the domain's key log.",
      "To check an export, a person starts from the domain's policy and finds the"
          + " audit log's key in the key log. counterfoil up states that key when a domain"
          + " begins. In an older domain, or where each process has its own user, an"
          + " operator states it once with --state. Do that when everything that reads the"
          + " key log is up to date.",
      "A replaced monitor has a new audit log with a new name (audit-log in its"
          + " configuration). State it with --follows, then end the old one at its last size"
          + " with --end. What the old log signed up to that size stays valid.",
      "Exit code 0: done, or the key in question is stated and valid; 1: it is not, or"
          + " the registrar refuses."
    })
public final class AuditKeyCommand extends InstallationCommand {
  @Option(names = "--state", description = "Make the registrar state the audit log's key.")
  private boolean state;

  @Option(
      names = "--request",
      paramLabel = "FILE",
      description =
          "The request that the monitor left in its data folder for this domain. It"
              + " says which key to state or to look for (default: the installation's).")
  private @Nullable Path requestFile;

  @Option(
      names = "--follows",
      paramLabel = "ORIGIN",
      description = "With --state: the audit log that this one replaces.")
  private @Nullable String follows;

  @Option(
      names = "--end",
      paramLabel = "ORIGIN",
      description = "Make the registrar record that this audit log has ended.")
  private @Nullable String end;

  @Option(
      names = "--size",
      paramLabel = "N",
      description =
          "With --end: the last size that the log signed, or that somebody has a"
              + " checkpoint of. No checkpoint past it is valid, and no later command can"
              + " undo that. Leave it out with --reason withdrawn.")
  private @Nullable Long size;

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      defaultValue = "replaced",
      description =
          "With --end: replaced, lost, or withdrawn. Withdrawn is for a key that may"
              + " be in other hands: then nothing that it signed is valid.")
  private String reason;

  @Option(
      names = "--alone",
      description =
          "With --state and --end: do not wait for a second person, where the"
              + " registrar allows it.")
  private boolean alone;

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    if (state && end != null) {
      throw CommandFailure.environment(
          "--state and --end are two commands: run one after the other");
    }
    if (state) {
      return ask(Commands.stateAuditLog(request().statement(Optional.ofNullable(follows))));
    }
    if (end != null) {
      return ask(Commands.endAuditLog(ended(end)));
    }
    return show();
  }

  private AuditLogRequest request() {
    Path file = requestFile != null ? requestFile : installation.context().auditLogRequest();
    try {
      if (Files.size(file) > AuditLogRequest.BYTES_MAX) {
        throw CommandFailure.environment(file + " is too long for such a file");
      }
      return AuditLogRequest.parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot read "
              + file
              + ": the monitor writes it when it starts. Name the file with --request");
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
  }

  private AuditLogEnded ended(String origin) {
    try {
      AuditLogEnded.Reason why = AuditLogEnded.Reason.parse(reason);
      if (size == null && why != AuditLogEnded.Reason.WITHDRAWN) {
        throw CommandFailure.environment(
            "name the last size that the log signed with --size: nothing past it will"
                + " ever be valid. If nothing of the log is valid any more, add --reason"
                + " withdrawn");
      }
      return new AuditLogEnded(origin, size == null ? 0 : size, why);
    } catch (FormatException | IllegalArgumentException e) {
      throw CommandFailure.environment(
          "--reason is replaced, lost or withdrawn, the last with --size 0: " + e.getMessage());
    }
  }

  private int ask(Request.Command asked) throws OperatorException, InterruptedException {
    Request.Command command =
        alone
            ? new Request.Command(asked.name(), asked.arguments().with(Commands.ALONE, true))
            : asked;
    JsonObject done = new OperatorClient(installation.context()).askRegistrar(command);
    String what = command.name().equals(Commands.STATE_AUDIT_LOG) ? "STATED" : "ENDED";
    print(
        done,
        done.get("waits") instanceof String id
            ? "WAITS for a second person. Another operator runs: counterfoil keys confirm " + id
            : Boolean.TRUE.equals(done.get("changed")) ? what : what + " ALREADY");
    return ExitCode.OK;
  }

  private int show() {
    KeySet keys = FetchedKeys.fetch(installation.policy());
    Optional<NoteKey> own =
        requestFile == null
            ? AuditKeyTrust.ofInstallation(installation)
            : Optional.of(request().key());
    List<StatedAuditLog> standing =
        keys.auditLogs().stream()
            .filter(log -> keys.auditLogObjection(log.key().name(), Long.MAX_VALUE).isEmpty())
            .toList();
    boolean stands =
        own.map(key -> standing.stream().anyMatch(log -> log.key().equals(key)))
            .orElse(!standing.isEmpty());
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("domain", keys.domain())
              .put("as_of", keys.asOf().getEpochSecond())
              .put("audit_logs", keys.auditLogs().stream().map(StatedAuditLog::toJson).toList())
              .put(
                  "ended_audit_logs",
                  keys.endedAuditLogs().stream().map(StatedAuditLog.Ended::toJson).toList())
              .put("own", own.map(NoteKey::toString).orElse(null))
              .put("stands", stands)
              .build());
      return stands ? ExitCode.OK : ExitCode.NO;
    }
    System.out.printf(
        "Domain %s, key log of size %d as of %s, verified from the root%n",
        PlainText.of(keys.domain(), 255), keys.version(), keys.asOf());
    KeyTexts.auditLogs(keys).forEach(System.out::println);
    if (stands) {
      System.out.println(
          own.isPresent()
              ? "STATED  to check an export, a person needs only the domain's policy"
              : "STATED  this command cannot tell whether the key is yours. Compare it"
                  + " with the monitor's audit/log.vkey, or name the monitor's request with"
                  + " --request");
    } else if (own.filter(keys::statesAuditLog).isPresent()) {
      System.out.println(
          "ENDED  this installation's audit log has ended, and nothing that it signs"
              + " from now on is valid. Give its monitor a new audit log"
              + " (docs/operate/audit-key.md)");
    } else {
      System.out.println(
          own.map(
                      key ->
                          "NOT STATED  the key of this installation's audit log, "
                              + PlainText.of(key.toString(), 400))
                  .orElse("NOT STATED  no audit log's key")
              + remedy(keys, own, standing));
    }
    return stands ? ExitCode.OK : ExitCode.NO;
  }

  private static String remedy(KeySet keys, Optional<NoteKey> own, List<StatedAuditLog> standing) {
    boolean isNameTaken =
        own.filter(key -> keys.auditLogs().stream().anyMatch(log -> sameName(log, key)))
            .isPresent();
    if (isNameTaken) {
      return ": an audit log of this name is stated with another key. Give the new audit log"
          + " a new name (audit-log in the configuration) from its first start on"
          + " (docs/operate/audit-key.md)";
    }
    return standing.isEmpty()
        ? ". Run: counterfoil audit key --state"
        : ": another audit log is stated. Run: counterfoil audit key --state --follows "
            + PlainText.of(standing.getFirst().key().name(), 255);
  }

  private static boolean sameName(StatedAuditLog log, NoteKey key) {
    return log.key().name().equals(key.name());
  }
}
