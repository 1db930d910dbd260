package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.cli.audit.reading.HttpAuditSource;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.ReplayedKeyLog;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks that the counts of all tenants make the whole audit log. */
@Command(
    name = "tenants",
    description = {
      "Counts each tenant's audit events, and checks that none are left out.",
      "The counts must be those that the log's key states, and add up to the log's"
          + " size. With --bundle they must also be those in a tenant's bundle. Then the"
          + " maker of the bundle gave both readers the same counts.",
      "The domain's trust policy (--policy) shows whose key the log's is: the domain's"
          + " key log, verified from the policy's root down, states it. Without a policy,"
          + " the installation on this machine or --key does.",
      "Exit code 0: these are all; 1: they are not, and each difference is named."
    })
public final class AuditTenantsCommand extends InstallationCommand {
  private static final int HEADER_BYTES_MAX = 1 << 20;

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description =
          "A tenant's bundle. The command asks for the counts that the bundle is based on.")
  private @Nullable Path bundle;

  @Option(
      names = "--access-token",
      paramLabel = "FILE",
      description =
          "File with an access token of a client of tenant counterfoil, with scope"
              + " counterfoil:custody-audit, or - for standard input. Without it the command"
              + " asks the monitor's admin socket, as the operator.")
  private @Nullable String accessToken;

  @Option(
      names = "--monitor",
      paramLabel = "URL",
      description = "With --access-token: the monitor (default: the installation's).")
  private @Nullable URI monitor;

  @Option(
      names = "--key",
      paramLabel = "VKEY",
      description =
          "The audit log's key, if its operator gave it to you (default: the one that"
              + " the key log states, or without --policy the installation's).")
  private @Nullable String key;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description =
          "The domain's trust policy. Its key log states the audit log's key, or a log"
              + " line of the policy pins it.")
  private @Nullable Path policyFile;

  @Option(
      names = "--key-log",
      paramLabel = "DIR|FILE|URL",
      description =
          "With --policy: the domain's key log, its public folder or a copy of it, an archive that log export wrote, or"
              + " its URL (default: the issuer's).")
  private @Nullable String keyLog;

  /**
   * Whose word on the audit log's key counts.
   *
   * @param brought the key, where it is known before anything is asked
   * @param pinned those in the policy: where there are any, no other one counts
   * @param keys what the domain's key log says, where a policy was named
   */
  private record Trust(
      Optional<AuditKeyTrust.Candidate> brought, List<NoteKey> pinned, Optional<KeySet> keys) {
    AuditKeyTrust.Candidate candidate(String statement) throws FormatException {
      if (brought.isPresent()) {
        return brought.get();
      }
      // Where to look, and nothing to believe.
      String origin =
          CustodyStatement.parse(
                  SignedNote.parse(statement.getBytes(StandardCharsets.UTF_8)).text())
              .checkpoint()
              .origin();
      if (!pinned.isEmpty()) {
        return new AuditKeyTrust.Candidate(
            of(pinned, origin).orElse(pinned.getFirst()), AuditKeyTrust.From.PINNED);
      }
      List<NoteKey> stated =
          keys.stream().flatMap(set -> set.auditLogs().stream()).map(StatedAuditLog::key).toList();
      return new AuditKeyTrust.Candidate(
          of(stated, origin)
              .orElseThrow(
                  () ->
                      new FormatException(
                          "the key log does not state audit log " + PlainText.of(origin, 255))),
          AuditKeyTrust.From.KEY_LOG);
    }

    private static Optional<NoteKey> of(List<NoteKey> those, String origin) {
      return those.stream().filter(one -> one.name().equals(origin)).findFirst();
    }

    AuditKeyTrust.Verdict verdict(String statement, long size) throws FormatException {
      AuditKeyTrust.Candidate candidate = candidate(statement);
      return new AuditKeyTrust.Verdict(candidate, keys, AuditKeyTrust.fault(candidate, size, keys));
    }

    CustodyStatement verified(String statement) throws FormatException {
      CustodyStatement verified =
          CustodyStatement.verify(
              statement.getBytes(StandardCharsets.UTF_8), candidate(statement).key());
      Optional<String> fault = verdict(statement, verified.checkpoint().size()).fault();
      if (fault.isPresent()) {
        throw new FormatException(fault.get());
      }
      return verified;
    }
  }

  private Trust trust() {
    Optional<TrustPolicy> policy =
        Optional.ofNullable(policyFile).map(InstallationOptions::readPolicy);
    if (policy.isEmpty() && keyLog != null) {
      throw CommandFailure.environment(
          "--key-log is verified from a policy down: name the policy with --policy");
    }
    Optional<AuditKeyTrust.Candidate> brought =
        policy.isPresent() && key == null
            ? Optional.empty()
            : Optional.of(
                new AuditKeyTrust.Candidate(
                    AuditKeyTrust.trusted(key, installation),
                    key == null ? AuditKeyTrust.From.INSTALLATION : AuditKeyTrust.From.BROUGHT));
    return new Trust(
        brought,
        policy.map(IssuedVerification::auditKeys).orElse(List.of()),
        policy.isEmpty() ? Optional.empty() : Optional.of(keys(policy.get())));
  }

  private KeySet keys(TrustPolicy policy) {
    return keyLog == null
        ? FetchedKeys.fetch(policy)
        : ReplayedKeyLog.read(policy, keyLog, InstantSource.system().instant()).keySet();
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      Trust trust = trust();
      // What the bundle stands on.
      Optional<CustodyStatement> wanted =
          bundle == null ? Optional.empty() : Optional.of(trust.verified(statementOf(bundle)));
      Optional<Long> size = wanted.map(stated -> stated.checkpoint().size());
      JsonObject answer = ask(size);
      CustodyStatement statement = trust.verified(answer.string("statement"));
      List<TenantCount> counts = new ArrayList<>();
      for (JsonObject one : answer.objects("counts")) {
        counts.add(
            new TenantCount(
                one.string("tenant"), one.number("count"), Hash.parseBase64(one.string("salt"))));
      }
      Optional<String> fault = statement.faultOf(counts);
      if (wanted.isPresent() && !statement.equals(wanted.get())) {
        fault = Optional.of("the bundle is based on other counts than the monitor shows here");
      }
      show(
          statement,
          counts,
          fault,
          trust.verdict(answer.string("statement"), statement.checkpoint().size()));
      return fault.isEmpty() ? ExitCode.OK : ExitCode.NO;
    } catch (FormatException | IllegalArgumentException e) {
      throw CommandFailure.no("the counts are invalid: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable("the monitor: " + CommandFailure.reason(e));
    }
  }

  private static String statementOf(Path bundle) throws FormatException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(bundle))) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int next = in.read();
          next >= 0 && next != '\n' && line.size() <= HEADER_BYTES_MAX;
          next = in.read()) {
        line.write(next);
      }
      return StrictJson.object(line.toByteArray(), HEADER_BYTES_MAX)
          .object("counts")
          .string("statement");
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + bundle + ": " + e.getMessage());
    }
  }

  private JsonObject ask(Optional<Long> size)
      throws IOException, FormatException, InterruptedException {
    if (accessToken != null) {
      return new HttpAuditSource(monitorUrl(), TokenFile.read(accessToken)).tenants(size);
    }
    List<JsonObject> answer = new ArrayList<>();
    installation.monitorAdmin().auditTenants(size, answer::add);
    if (answer.size() != 1) {
      throw new FormatException("the monitor gives no counts");
    }
    return answer.getFirst();
  }

  private URI monitorUrl() {
    return monitor != null ? monitor : installation.monitor().url();
  }

  private void show(
      CustodyStatement statement,
      List<TenantCount> counts,
      Optional<String> fault,
      AuditKeyTrust.Verdict verdict) {
    List<TenantCount> named = counts.stream().filter(one -> !one.tenant().isEmpty()).toList();
    if (json) {
      JsonLine.print(
          verdict
              .write(JsonObject.builder())
              .put("log", statement.checkpoint().origin())
              .put("size", statement.checkpoint().size())
              .put("all", fault.isEmpty())
              .put(
                  "counts",
                  named.stream()
                      .map(
                          one ->
                              JsonObject.builder()
                                  .put("tenant", one.tenant())
                                  .put("count", one.count())
                                  .build())
                      .toList())
              .put("fault", fault.orElse(null))
              .build());
      return;
    }
    System.out.printf(
        fault.isEmpty()
            ? "These are all tenants of the first %d events of %s:%n"
            : "These are not all tenants of the first %d events of %s:%n",
        statement.checkpoint().size(),
        PlainText.of(statement.checkpoint().origin(), 255));
    fault.ifPresent(what -> System.out.println("  " + what));
    for (TenantCount one : named) {
      System.out.printf("%12d  %s%n", one.count(), PlainText.of(one.tenant(), 255));
    }
    System.out.println(verdict.text());
  }
}
