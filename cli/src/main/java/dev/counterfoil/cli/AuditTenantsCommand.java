package dev.counterfoil.cli;

import dev.counterfoil.format.CustodyStatement;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.format.TenantCount;
import dev.counterfoil.installation.InstallationConfiguration;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks that the counts of all tenants make the whole audit log. */
@Command(
    name = "tenants",
    mixinStandardHelpOptions = true,
    description = {
      "Counts each tenant's audit events, and checks that none are left out.",
      "The counts must be those that the log's key states, and add up to the log's size. With --bundle they must be"
          + " those on which a tenant's bundle stands: then who made the bundle told both the same.",
      "Exit code 0: these are all; 1: they are not, and what differs is said."
    })
final class AuditTenantsCommand implements Callable<Integer> {
  private static final int HEADER_BYTES_MAX = 1 << 20;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description = "A tenant's bundle: the counts are asked for that it stands on.")
  private @Nullable Path bundle;

  @Option(
      names = "--access-token",
      paramLabel = "FILE",
      description =
          "File with an access token of a client of tenant counterfoil, with scope counterfoil:custody-audit, or - for"
              + " standard input. Without: the monitor's admin socket, as the operator.")
  private @Nullable String accessToken;

  @Option(
      names = "--monitor",
      paramLabel = "URL",
      description = "With --access-token: the monitor (default: the installation's).")
  private @Nullable URI monitor;

  @Option(
      names = "--key",
      paramLabel = "VKEY",
      description = "The audit log's key (default: that of the installation).")
  private @Nullable String key;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    NoteKey trusted = AuditKeyTrust.trusted(key, installation);
    try {
      Optional<String> wanted =
          bundle == null ? Optional.empty() : Optional.of(statementOf(bundle));
      Optional<Long> size = Optional.empty();
      if (wanted.isPresent()) {
        size = Optional.of(verified(wanted.get(), trusted).checkpoint().size());
      }
      JsonObject answer = ask(size);
      CustodyStatement statement = verified(answer.string("statement"), trusted);
      List<TenantCount> counts = new ArrayList<>();
      for (JsonObject one : answer.objects("counts")) {
        counts.add(
            new TenantCount(
                one.string("tenant"), one.number("count"), Hash.parseBase64(one.string("salt"))));
      }
      Optional<String> fault = statement.faultOf(counts);
      if (wanted.isPresent() && !statement.equals(verified(wanted.get(), trusted))) {
        fault = Optional.of("the bundle stands on other counts than the monitor shows here");
      }
      show(statement, counts, fault);
      return fault.isEmpty() ? ExitCode.OK : ExitCode.NO;
    } catch (FormatException | IllegalArgumentException e) {
      throw CommandFailure.no("the counts are no good: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable("the monitor: " + CommandFailure.reason(e));
    }
  }

  private static CustodyStatement verified(String statement, NoteKey trusted)
      throws FormatException {
    return CustodyStatement.verify(statement.getBytes(StandardCharsets.UTF_8), trusted);
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
    new MonitorAdmin(installation.folder().monitor().resolve("admin.sock"))
        .auditTenants(size, answer::add);
    if (answer.size() != 1) {
      throw new FormatException("the monitor gives no counts");
    }
    return answer.getFirst();
  }

  private URI monitorUrl() {
    if (monitor != null) {
      return monitor;
    }
    try {
      return URI.create(
          "http://" + InstallationConfiguration.inForce(installation.folder()).monitorListen());
    } catch (IOException e) {
      throw CommandFailure.environment("name the monitor with --monitor: " + e.getMessage());
    }
  }

  private void show(CustodyStatement statement, List<TenantCount> counts, Optional<String> fault) {
    List<TenantCount> named = counts.stream().filter(one -> !one.tenant().isEmpty()).toList();
    if (json) {
      System.out.println(
          JsonObject.builder()
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
        Shown.plain(statement.checkpoint().origin(), 255));
    fault.ifPresent(what -> System.out.println("  " + what));
    for (TenantCount one : named) {
      System.out.printf("%12d  %s%n", one.count(), Shown.plain(one.tenant(), 255));
    }
  }
}
