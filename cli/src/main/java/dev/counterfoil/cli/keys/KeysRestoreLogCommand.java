package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.RevocationLogs;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.tools.EntryRestore;
import dev.counterfoil.registrar.KeyLogRestore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Brings back what a registrar's disk lost of the key log. */
@Command(
    name = "restore-log",
    description = {
      "Restores what a registrar's disk lost of the key log.",
      "It takes the entries, and the revocation logs in force, from a copy that"
          + " somebody holds. Use it for a registrar that stopped with code 76 because its"
          + " disk was put back. Run it on the registrar's host, as the registrar's user;"
          + " counterfoil up then restarts the registrar by itself. It checks every entry of"
          + " the copy from the root in the policy down. The copy must begin with everything"
          + " that is still here, and contain what the registrar was told when it stopped.",
      "Exit code 0: the journal has everything that the copy has; 1: the copy is"
          + " another history, or does not contain enough, and nothing is changed."
    })
final class KeysRestoreLogCommand extends InstallationCommand {
  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "The registrar's folder (default: the installation's).")
  private @Nullable Path folder;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "The domain's policy (default: the installation's).")
  private @Nullable Path policyFile;

  @Option(
      names = "--from",
      paramLabel = LogPlace.LABEL,
      description = {
        "The copy: a custodian's URL with logs/ and the SHA-256 of the key log's"
            + " origin, the log's public folder, or a copy that log publish keeps (default:"
            + " what the installation's monitor holds, from its folder or by its URL)."
      })
  private @Nullable String from;

  @Override
  public Integer call() {
    TrustPolicy policy =
        policyFile != null ? InstallationOptions.readPolicy(policyFile) : installation.policy();
    Path registrar = folder != null ? folder : installation.context().registrar().folder();
    refuseOtherUser(registrar);
    String copy = from != null ? from : atMonitor(policy);
    List<LogPlace.Opened> opened = new ArrayList<>();
    try (LogPlace.Opened keyLog = LogPlace.open(copy)) {
      return report(
          KeyLogRestore.restore(
              registrar,
              policy,
              keyLog.source(),
              number -> {
                opened.add(LogPlace.open(copy + "/" + RevocationLogs.path(number)));
                return opened.getLast().source();
              },
              new SecureRandom(),
              InstantSource.system()),
          copy);
    } catch (LogDamagedException e) {
      return no(String.valueOf(e.getMessage()));
    } catch (Disk.FolderInUseException e) {
      throw CommandFailure.environment(
          "the registrar of " + registrar + " is running. Stop it first, and start it afterwards");
    } catch (NoSuchFileException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "cannot restore from " + copy + ": " + e.getMessage() + ". Nothing was changed");
    } finally {
      close(opened);
    }
  }

  private static void close(List<LogPlace.Opened> opened) {
    for (LogPlace.Opened one : opened) {
      try {
        one.close();
      } catch (IOException e) {
        // It was read.
      }
    }
  }

  /** Files of another user's would keep the registrar from starting. */
  private static void refuseOtherUser(Path registrar) {
    try {
      UserPrincipal owner = Files.getOwner(registrar);
      if (UnixUsers.self().nameOf(owner).isEmpty()) {
        throw CommandFailure.environment(
            "%s belongs to %s. Run this as that user, for example with sudo -u %s"
                .formatted(registrar, owner.getName(), owner.getName()));
      }
    } catch (IOException e) {
      throw CommandFailure.environment("there is no registrar's folder at " + registrar);
    }
  }

  /** From its folder where that is here, since whoever has to restore may have everything down. */
  private String atMonitor(TrustPolicy policy) {
    Path held = installation.context().heldKeyLog();
    if (Files.isDirectory(held)) {
      return held.toString();
    }
    String origin = KeyLog.origin(policy.issuer());
    return installation.monitor().url()
        + "/logs/"
        + Hash.sha256(origin.getBytes(StandardCharsets.UTF_8)).hex();
  }

  private int report(KeyLogRestore.Done done, String copy) {
    EntryRestore.Restored restored = done.keyLog();
    long added = restored.size() - restored.had();
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("restored", added)
              .put("had", restored.had())
              .put("size", restored.size())
              .put("revocations_restored", done.revocations())
              .build());
    } else if (added == 0 && done.revocations() == 0) {
      System.out.printf(
          "NOTHING TO RESTORE  the journal has all of %s: %s. Start the registrar%n",
          copy, Shown.count(restored.size(), "entry", "entries"));
    } else {
      System.out.printf(
          "RESTORED  %s from %s%n  Start the registrar. It continues once its holders"
              + " have confirmed that this is all.%n",
          added == 0
              ? Shown.count(done.revocations(), "entry", "entries") + " of its revocation logs"
              : "entries %d to %d of the key log%s"
                  .formatted(
                      restored.had(),
                      restored.size() - 1,
                      done.revocations() == 0
                          ? ""
                          : " and " + done.revocations() + " of its revocation logs"),
          copy);
    }
    return ExitCode.OK;
  }

  private int no(String why) {
    print(
        JsonObject.builder().put("restored", 0).put("reason", why).build(), "NOT RESTORED  " + why);
    return ExitCode.NO;
  }
}
