package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.audit.restore.AuditRestore;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.CustodianOptions;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.custodian.check.HeldRecords;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the audit log's folder again after it was lost. */
@Command(
    name = "restore",
    description = {
      "Rebuilds a lost audit log's folder from what a custodian holds.",
      "You need the keys that were kept apart (docs/runbooks/audit-log-lost.md):"
          + " log.key, log.vkey, names/secret, names/people and, if it exists,"
          + " counts/statement.secret. The command opens each record and compares it with"
          + " its leaf. It compares the whole with the checkpoint that the log's key signed"
          + " and the custodian cosigned. Run it on the monitor's host, as the monitor's"
          + " user, while the monitor is stopped.",
      "The access token is of a client of tenant counterfoil, for the custodian as its"
          + " audience, with scope counterfoil:custody.",
      "Events after the custodian's last statement are not restored. With --seen, name"
          + " what others saw of the log. If they, or the custodian, saw more than can be"
          + " restored, the command refuses unless the log continues under another name"
          + " (--as).",
      "Exit code 0: the folder is there; 1: something is not as it was recorded. It is"
          + " named, and nothing is changed."
    })
public final class AuditRestoreCommand extends InstallationCommand {
  /** What a monitor calls it in its folder. */
  private static final String AUDIT = "audit";

  private static final int NOTE_BYTES_MAX = SignedNote.BYTES_MAX;
  private static final int HELD_SHOWN = 100;

  @Option(
      names = "--custodian",
      required = true,
      paramLabel = "URL",
      description = "The custodian.")
  private URI custodian;

  @Option(
      names = "--custodian-key",
      required = true,
      paramLabel = "VKEY",
      description = "The custodian's key, which must have signed for the whole log.")
  private String custodianKey;

  @Option(
      names = "--access-token",
      required = true,
      paramLabel = "FILE",
      description =
          "File with the access token, or - for standard input. The file is read again"
              + " for each part, so you may renew it.")
  private String accessToken;

  @Option(
      names = "--keys",
      required = true,
      paramLabel = "DIR",
      description = "Folder with the keys that were kept apart.")
  private Path keys;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "The folder to make (default: audit of the installation's monitor).")
  private @Nullable Path folder;

  @Option(
      names = "--seen",
      paramLabel = "FILE",
      description =
          "A checkpoint of the log that somebody saw, such as the cosigned one that a"
              + " witness or a tenant kept. May be repeated.")
  private List<Path> seenFiles = new ArrayList<>();

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description =
          "Continue in a log of this name, with a new key, if the lost log's key"
              + " signed more than can be restored. Give the monitor the same name"
              + " (audit-log).")
  private @Nullable String origin;

  @Option(
      names = "--allow-lost",
      description =
          "Restore even if the kept keys lack some people's keys. Their events stay"
              + " closed for good, and the log tells their tenants.")
  private boolean allowLost;

  @Override
  public Integer call() throws InterruptedException {
    Path target = folder != null ? folder : installation.monitor().folder().resolve(AUDIT);
    CosignerKey trusted;
    try {
      trusted = CosignerKey.parse(custodianKey);
    } catch (FormatException e) {
      throw CommandFailure.environment("--custodian-key is no key: " + e.getMessage());
    }
    try {
      AuditRestore.Restored restored = restore(target, trusted);
      print(toJson(restored), text(restored, target));
      return ExitCode.OK;
    } catch (AuditRestore.NotRestoredException e) {
      String why = String.valueOf(e.getMessage());
      print(
          JsonObject.builder().put("restored", false).put("reason", why).build(),
          "NOT RESTORED  " + PlainText.of(why, 1000));
      return ExitCode.NO;
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.environment(
          target + " exists. Move it away first: this command overwrites nothing");
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "cannot restore: " + CommandFailure.reason(e) + "; nothing was changed");
    }
  }

  /**
   * Keeps the monitor from its folder meanwhile: one that runs goes on writing into files that were
   * deleted, and what was restored is damaged at its next start; one that starts for the first time
   * would begin another log. A folder of another name is none of a monitor's, unless one locked it.
   * A file to lock that was not there is taken away again: the monitor's user may be another one.
   */
  private static Disk.@Nullable DiskLock stopped(Path target) throws IOException {
    Path data = target.toAbsolutePath().getParent();
    if (data == null || !Files.isDirectory(data)) {
      return null;
    }
    Path file = data.resolve(FileDisk.LOCK);
    boolean wasThere = Files.exists(file);
    if (!wasThere && !target.endsWith(AUDIT)) {
      return null;
    }
    try {
      Disk.DiskLock lock = FileDisk.privateFolder(data).lock();
      return wasThere
          ? lock
          : () -> {
            try (lock) {
              Files.delete(file);
            }
          };
    } catch (Disk.FolderInUseException e) {
      throw CommandFailure.environment(
          "the monitor is running. Stop it first, and start it when this is done (" + data + ")");
    }
  }

  private AuditRestore.Restored restore(Path target, CosignerKey trusted)
      throws IOException, InterruptedException {
    try (Disk.DiskLock _ = stopped(target);
        HttpClient http = CustodianOptions.http()) {
      Supplier<String> token = TokenFile.again(accessToken);
      NoteKey log = logKey();
      HeldRecords records = new HeldRecords(http, custodian, token);
      List<Checkpoint> seen = seen(log);
      Optional<SignedNote> newest = records.seen(log);
      if (newest.isPresent()) {
        seen.add(checkpoint(newest.get().bytes(), log));
      }
      return restore(target, trusted, records, seen);
    }
  }

  private AuditRestore.Restored restore(
      Path target, CosignerKey trusted, HeldRecords records, List<Checkpoint> seen)
      throws IOException, InterruptedException {
    try (AuditRestore restore =
        AuditRestore.begin(target, keys, seen, Optional.ofNullable(origin), new SecureRandom())) {
      SignedNote held =
          records.fetch(
              restore.logKey(),
              new HeldRecords.Taker() {
                @Override
                public long next() {
                  return restore.next();
                }

                @Override
                public void take(byte[] record) throws IOException {
                  restore.take(record);
                }
              });
      return restore.finish(held, trusted, allowLost);
    }
  }

  private static Checkpoint checkpoint(byte[] note, NoteKey log) throws IOException {
    try {
      return Checkpoint.verify(note, log);
    } catch (FormatException e) {
      throw new IOException("the log's key did not sign what the custodian saw", e);
    }
  }

  private NoteKey logKey() {
    Path file = keys.resolve("log.vkey");
    try {
      return AuditKeyTrust.read(file);
    } catch (IOException | FormatException e) {
      throw CommandFailure.environment("cannot read the log's key in " + file);
    }
  }

  private List<Checkpoint> seen(NoteKey log) {
    List<Checkpoint> seen = new ArrayList<>();
    for (Path file : seenFiles) {
      try {
        if (Files.size(file) > NOTE_BYTES_MAX) {
          throw new FormatException("it is too long");
        }
        seen.add(Checkpoint.verify(Files.readAllBytes(file), log));
      } catch (IOException e) {
        throw CommandFailure.environment("cannot read " + file);
      } catch (FormatException e) {
        throw CommandFailure.environment(
            file + " is not a checkpoint that the log's key signed: " + e.getMessage());
      }
    }
    return seen;
  }

  private static JsonObject toJson(AuditRestore.Restored restored) {
    return JsonObject.builder()
        .put("restored", true)
        .put("events", restored.events())
        .put("forgotten", restored.forgotten())
        .put("lost", restored.lost())
        .put("people_lost", restored.people())
        .put("lost_own", restored.lostOwn())
        .put("missing", restored.missing())
        .put("closed", toJson(restored.closed()))
        .put("unproven", toJson(restored.unproven()))
        .put("put_on_hold", restored.held())
        .build();
  }

  private static List<JsonObject> toJson(List<AuditRestore.Range> ranges) {
    return ranges.stream()
        .map(
            range ->
                JsonObject.builder().put("first", range.first()).put("last", range.last()).build())
        .toList();
  }

  private static String text(AuditRestore.Restored restored, Path target) {
    StringBuilder text = new StringBuilder();
    text.append(
        "RESTORED  %d events into %s; each event that opens matches its leaf%n"
            .formatted(restored.events(), target));
    if (restored.missing() > 0) {
      text.append(
          "  %d more were in the lost log and cannot be restored%n".formatted(restored.missing()));
    }
    if (restored.forgotten() > 0) {
      text.append(
          "  %d of them belong to people who were forgotten: only their leaves are left%n"
              .formatted(restored.forgotten()));
    }
    if (restored.lost() > 0) {
      text.append(
          "  %d of them cannot be read any more: the keys of %d people were not kept%n"
              .formatted(restored.lost(), restored.people()));
    }
    if (restored.lostOwn() > 0) {
      text.append(
          ("  %d of those are the auditor's own, and one may have recorded that a"
                  + " person was forgotten. Forget again everybody whom you know of%n")
              .formatted(restored.lostOwn()));
    }
    if (!restored.closed().isEmpty()) {
      text.append(
          "  events that do not open: %s%n".formatted(AuditRestore.Range.text(restored.closed())));
    }
    if (!restored.unproven().isEmpty()) {
      text.append(
          ("  an older build wrote %s of them: only their leaves are proved; the"
                  + " custodian alone states whose they are%n")
              .formatted(AuditRestore.Range.text(restored.unproven())));
    }
    if (!restored.held().isEmpty()) {
      text.append(
          ("  on hold now, because one of their holds may be in an event that does not"
                  + " open. Check them, and end the holds with audit hold remove: %s%n")
              .formatted(
                  restored.held().stream()
                      .limit(HELD_SHOWN)
                      .map(name -> PlainText.of(name, 600))
                      .collect(Collectors.joining(", "))));
      if (restored.held().size() > HELD_SHOWN) {
        text.append("  and %d more%n".formatted(restored.held().size() - HELD_SHOWN));
      }
    }
    return text.append("  Start the monitor. It rebuilds its search files from the log.")
        .toString();
  }
}
