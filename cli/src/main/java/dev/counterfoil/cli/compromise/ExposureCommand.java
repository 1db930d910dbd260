package dev.counterfoil.cli.compromise;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.Findings;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.operations.census.Exposure;
import dev.counterfoil.operations.census.Exposure.Service;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which services would let a thief in. */
@Command(
    name = "exposure",
    description = {
      "Shows which services would accept a token forged with a stolen key.",
      "For each audience that tokens were issued for, it shows whether the service"
          + " refuses a token that was never issued, has it noticed within two seconds,"
          + " would never refuse it (its verifier only reports), or would never know. It"
          + " also shows how its verifiers look tokens up, how old their view of the keys"
          + " is, how many of the key's tokens were issued, and how many were sighted."
          + " Issued but never sighted is a blind spot: nobody sees the tokens used there."
          + " Exit code 0: every service refuses or notices, and none is a blind spot; 1:"
          + " some do not, or are one; 4: INCOMPLETE, because the monitor does not hold all"
          + " counterfoils that the key's log published, could not read the log lately or lost its"
          + " database, or because the log has two histories."
    })
public final class ExposureCommand extends MonitorCommand {
  @Option(
      names = "--if-stolen",
      required = true,
      paramLabel = "KID",
      description = "The thumbprint of the key. To list them, run counterfoil keys list.")
  private String kid;

  @Override
  protected int ask() throws IOException {
    KeyStatement key = key();
    Exposure.Shown shown = Exposure.of(installation.monitorAdmin(), installation.domainName(), key);
    List<Service> services = shown.services();
    boolean isAttached = key.record() instanceof RecordForm.Digest;
    if (json) {
      JsonObject shownJson =
          JsonObject.builder()
              .put("kid", kid)
              .put("services", services.stream().map(one -> json(one, isAttached)).toList())
              .put("recorded_by_log", recorded(shown))
              .put("cut", shown.isCut())
              .put("complete", shown.isComplete())
              .build();
      for (String member :
          List.of(
              "held",
              "published",
              "unread",
              "unreported",
              "presented_until_ms",
              "two_histories",
              "lost_before_ms")) {
        Object value = shown.summary().get(member);
        if (value != null) {
          shownJson = shownJson.with(member, value);
        }
      }
      JsonLine.print(shownJson);
    } else {
      print(services, isAttached);
      new TreeMap<>(shown.recorded()).forEach(ExposureCommand::printRecorded);
      if (shown.isCut()) {
        System.out.println(
            "Warning: there are more audiences or services than the monitor counts."
                + " For those that it does not count, issued or sighted is too low.");
      }
    }
    if (!shown.isComplete()) {
      Findings.lacks(shown.summary()).forEach(System.err::println);
      System.err.println(
          "What is missing is not counted: more may have been issued, also for a service with"
              + " none.");
      return ExitCode.UNAVAILABLE;
    }
    return services.stream().allMatch(ExposureCommand::isWell) ? ExitCode.OK : ExitCode.NO;
  }

  private static boolean isWell(Service service) {
    return switch (service.verdict()) {
      case REFUSES, NOTICES -> !service.isBlindSpot();
      case WOULD_NEVER_REFUSE, WOULD_NEVER_KNOW -> false;
    };
  }

  private KeyStatement key() {
    return FetchedKeys.fetch(installation.policy()).keys().stream()
        .filter(stated -> stated.kid().equals(kid))
        .findFirst()
        .orElseThrow(
            () ->
                CommandFailure.no(
                    "the key log states no key "
                        + kid
                        + ", or its time is over. To list the valid keys, run counterfoil keys"
                        + " list"));
  }

  /**
   * How many were issued for an audience nobody counts where another issuer composes the tokens.
   */
  private static JsonObject json(Service service, boolean isAttached) {
    return isAttached ? service.toJson().without("issued", "blind_spot") : service.toJson();
  }

  private static JsonObject recorded(Exposure.Shown shown) {
    JsonObject.Builder json = JsonObject.builder();
    new TreeMap<>(shown.recorded()).forEach(json::put);
    return json.build();
  }

  private static void printRecorded(String log, long tokens) {
    System.out.printf(
        "%s has %,d tokens that attached issuers recorded. For which audience, only they know.%n",
        log, tokens);
  }

  private void print(List<Service> services, boolean isAttached) {
    System.out.println(
        "An attacker who stole "
            + kid
            + " can forge a token that was never issued. The services then act as follows.");
    if (services.isEmpty()) {
      System.out.println("No audience is known that it could be for.");
      return;
    }
    Table table =
        new Table(1000, List.of("audience", "it", "looks by", "lag", "issued", "sighted", ""));
    for (Service service : services) {
      table.row(
          List.of(
              service.audience(),
              service.verdict().text().replace('-', ' '),
              service.modes().isEmpty() ? "-" : String.join(",", service.modes()),
              lag(service.lag()),
              isAttached ? "-" : Long.toString(service.issued()),
              Long.toString(service.sighted()),
              remark(service)));
    }
    System.out.println(table.toString());
    if (!services.stream().allMatch(ExposureCommand::isWell)) {
      System.out.println(
          "Give the services at the top a reporting verifier"
              + " (docs/integrate/verifying.md) or a guard (docs/integrate/guard.md).");
    }
  }

  private static String lag(@Nullable Duration lag) {
    return lag == null ? "-" : String.format(Locale.ROOT, "%.1f s", lag.toMillis() / 1000.0);
  }

  private static String remark(Service service) {
    String blind = service.isBlindSpot() ? "issued but never sighted: a blind spot" : "";
    String silent = service.silent() == 0 ? "" : service.silent() + " verifiers silent";
    return blind.isEmpty() || silent.isEmpty() ? blind + silent : blind + "; " + silent;
  }
}
