package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.KeyTexts;
import dev.counterfoil.cli.command.PublishedKeys;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.cli.root.RootRecordCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows, states and ends the audit log's key in the key log. */
@Command(
    name = "key",
    mixinStandardHelpOptions = true,
    description = {
      "Says which audit log's key the domain's key log states; has it stated, or ended.",
      "Who checks an export starts from the domain's policy, and finds the audit log's key in the key log. counterfoil up"
          + " has it stated when a domain begins; in an older one, or where the processes have users of their own, an operator"
          + " does it, with --state, once, when all who read the key log are updated.",
      "A monitor that is replaced has a new audit log, with a new name (audit-log in its configuration): state it with"
          + " --follows, then end the one before it at its last size with --end. What the old one signed up to there"
          + " goes on to count.",
      "Exit code 0: done, or the key that is asked for is stated and stands; 1: it is not, or the registrar refuses."
    })
final class AuditKeyCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(names = "--state", description = "Have the registrar state the audit log's key.")
  private boolean state;

  @Option(
      names = "--request",
      paramLabel = "FILE",
      description =
          "What the monitor laid down for this domain in its data folder: whose key is to be stated, or is asked for"
              + " (default: that of the installation).")
  private @Nullable Path requestFile;

  @Option(
      names = "--follows",
      paramLabel = "ORIGIN",
      description = "With --state: the audit log whose successor it is.")
  private @Nullable String follows;

  @Option(
      names = "--end",
      paramLabel = "ORIGIN",
      description = "Have the registrar say that this audit log has ended.")
  private @Nullable String end;

  @Option(
      names = "--size",
      paramLabel = "N",
      description =
          "With --end: the last size that it signed, or that somebody has a checkpoint of. No checkpoint past it"
              + " counts, and no later command takes that back. Left out with --reason withdrawn.")
  private @Nullable Long size;

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      defaultValue = "replaced",
      description =
          "With --end: replaced, lost, or withdrawn for a key that may be in other hands, of which nothing counts.")
  @SuppressWarnings("NullAway.Init") // has a default
  private String reason;

  @Option(
      names = "--alone",
      description =
          "With --state and --end: do not wait for a second person, where the registrar lets you.")
  private boolean alone;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    if (state && end != null) {
      throw CommandFailure.environment("--state and --end are two commands: one after the other");
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
              + ": the monitor lays it down when it starts; name it with --request");
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
  }

  private AuditLogEnded ended(String origin) {
    try {
      AuditLogEnded.Reason why = AuditLogEnded.Reason.parse(reason);
      if (size == null && why != AuditLogEnded.Reason.WITHDRAWN) {
        throw CommandFailure.environment(
            "name the last size that it signed, --size: what is past it never counts again."
                + " Of a log that counts for nothing any more say --reason withdrawn");
      }
      return new AuditLogEnded(origin, size == null ? 0 : size, why);
    } catch (FormatException | IllegalArgumentException e) {
      throw CommandFailure.environment(
          "--reason is replaced, lost or withdrawn, the last with --size 0: " + e.getMessage());
    }
  }

  private int ask(Request.Command asked) throws InterruptedException {
    Request.Command command =
        alone
            ? new Request.Command(asked.name(), asked.arguments().with(Commands.ALONE, true))
            : asked;
    Path socket = installation.registrarSocket();
    Answer answer = RootRecordCommand.ask(socket, command);
    if (answer instanceof Answer.Done done) {
      if (json) {
        System.out.println(done.result());
      } else if (done.result().get("waits") instanceof String id) {
        System.out.println(
            "WAITS for a second person: another operator says counterfoil keys confirm " + id);
      } else {
        String what = command.name().equals(Commands.STATE_AUDIT_LOG) ? "STATED" : "ENDED";
        System.out.println(
            Boolean.TRUE.equals(done.result().get("changed")) ? what : what + " ALREADY");
      }
      return ExitCode.OK;
    }
    String why = answer instanceof Answer.Refused refused ? refused.text() : answer.toString();
    System.err.println("counterfoil: the registrar refuses: " + Shown.plain(why, 400));
    return ExitCode.NO;
  }

  private int show() {
    KeySet keys;
    try {
      keys = PublishedKeys.fetch(installation.policy());
    } catch (FormatException e) {
      System.err.println("counterfoil: the key log does not verify: " + e.getMessage());
      return ExitCode.NO;
    }
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
      System.out.println(
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
        Shown.plain(keys.domain(), 255), keys.version(), keys.asOf());
    KeyTexts.auditLogs(keys).forEach(System.out::println);
    if (stands) {
      System.out.println(
          own.isPresent()
              ? "STATED  who checks an export needs the domain's policy and no other key"
              : "STATED  whether it is yours cannot be said here: compare it with the monitor's audit/log.vkey, or name"
                  + " the monitor's request with --request");
    } else if (own.filter(keys::statesAuditLog).isPresent()) {
      System.out.println(
          "ENDED  this installation's audit log has ended, and what it goes on to sign does not count: give its"
              + " monitor a new audit log (docs/operate/audit-key.md)");
    } else {
      System.out.println(
          own.map(
                      key ->
                          "NOT STATED  the key of this installation's audit log, "
                              + Shown.plain(key.toString(), 400))
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
      return ": an audit log of this name is stated with another key. A new audit log has a new name, audit-log in the"
          + " configuration, from its first start on (docs/operate/audit-key.md)";
    }
    return standing.isEmpty()
        ? ": counterfoil audit key --state"
        : ": another audit log stands; counterfoil audit key --state --follows "
            + Shown.plain(standing.getFirst().key().name(), 255);
  }

  private static boolean sameName(StatedAuditLog log, NoteKey key) {
    return log.key().name().equals(key.name());
  }
}
