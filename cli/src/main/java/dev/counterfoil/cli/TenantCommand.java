package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tenants of a trust domain. */
@Command(
    name = "tenant",
    mixinStandardHelpOptions = true,
    description = "Adds tenants to a trust domain while its processes run.",
    subcommands = TenantCommand.Add.class)
final class TenantCommand {
  private TenantCommand() {}

  /** Has the registrar state keys for one more tenant, and the signers prepare them. */
  @Command(
      name = "add",
      description = {
        "Adds a tenant while the processes run.",
        "The registrar learns of it first, then each signer, which prepares a key that serves the"
            + " tenant too. Everything else reads it in the key log. The answer says from when on"
            + " tokens are issued.",
        "Exit code 1: the root's delegation does not name the tenant, and the answer says which"
            + " ceremony is needed. Run the same command again after it."
      })
  static final class Add extends InstallationCommand {
    /** A trial root delegates within seconds. */
    private static final Duration DELEGATED_WITHIN = Duration.ofSeconds(6);

    private static final Duration STATED_WITHIN = Duration.ofSeconds(20);
    private static final Duration STEP = Duration.ofMillis(250);

    @Parameters(paramLabel = "NAME", description = "The tenant's name.")
    private String tenant = "";

    @Override
    public Integer call() throws OperatorException, InterruptedException {
      Context context = installation.context();
      OperatorClient registrar = new OperatorClient(context);
      try {
        JsonObject said = registrar.askRegistrar(Commands.addTenant(tenant));
        if (!said.truth("delegated") && isDelegated(registrar)) {
          said = registrar.askRegistrar(Commands.addTenant(tenant)).with("changed", true);
        }
        if (!said.truth("delegated")) {
          return needsCeremony(context);
        }
        return added(context, said);
      } catch (FormatException e) {
        throw OperatorClient.notUnderstood("registrar", e);
      }
    }

    private boolean isDelegated(OperatorClient registrar)
        throws OperatorException, InterruptedException, FormatException {
      for (Duration waited = Duration.ZERO;
          waited.compareTo(DELEGATED_WITHIN) < 0;
          waited = waited.plus(STEP)) {
        JsonObject keys = registrar.askRegistrar(Commands.readKeys());
        if (AllowList.parse(keys.strings("tenants")).allows(tenant)) {
          return true;
        }
        Thread.sleep(STEP);
      }
      return false;
    }

    private Integer needsCeremony(Context context) {
      String request = context.registrar().folder().resolve("ceremony-request.json").toString();
      print(
          JsonObject.builder()
              .put("tenant", tenant)
              .put("delegated", false)
              .put("ceremony_request", request)
              .build(),
          """
          NOT YET  the root's delegation does not name %1$s, so no key may sign for it.
          The registrar asks the next ceremony for it. Hold one (docs/operate/root.md):
            counterfoil root delegate --request %2$s --out ceremony.json
            counterfoil root sign ceremony.json       each holder
            counterfoil root record ceremony.json
          Then run counterfoil tenant add %1$s again."""
              .formatted(tenant, request));
      return ExitCode.NO;
    }

    private Integer added(Context context, JsonObject said)
        throws OperatorException, InterruptedException, FormatException {
      boolean changed = said.truth("changed");
      Map<String, Optional<Instant>> from = new LinkedHashMap<>();
      List<String> away = new ArrayList<>();
      for (String name : context.signerNames()) {
        OperatorClient signer = new OperatorClient(context, name);
        try {
          changed |= signer.askSigner(Commands.addTenant(tenant)).truth("changed");
          from.put(name, signsFrom(signer));
        } catch (OperatorException e) {
          if (e.isRefused()) {
            throw e;
          }
          System.err.printf(
              "Warning: signer %s did not learn of %s: %s. Run the same command again.%n",
              name, tenant, e.getMessage());
          away.add(name);
        }
      }
      if (from.isEmpty()) {
        throw CommandFailure.unavailable(
            "no signer answers, so nothing signs for " + tenant + ". Run the same command again");
      }
      print(json(said, changed, from, away), text(said, changed, from));
      return away.isEmpty() ? ExitCode.OK : ExitCode.UNAVAILABLE;
    }

    /** From when a key of a signer serves the tenant; empty while none is stated. */
    private Optional<Instant> signsFrom(OperatorClient signer)
        throws OperatorException, InterruptedException, FormatException {
      for (Duration waited = Duration.ZERO;
          waited.compareTo(STATED_WITHIN) < 0;
          waited = waited.plus(STEP)) {
        @Nullable Instant soonest = null;
        for (JsonObject key : signer.signerStatus().objects("keys")) {
          boolean counts = List.of("active", "prepared").contains(key.string("state"));
          if (counts && AllowList.parse(key.strings("tenants")).allows(tenant)) {
            Instant from = Instant.ofEpochSecond(key.number("active_from"));
            soonest = soonest == null || from.isBefore(soonest) ? from : soonest;
          }
        }
        if (soonest != null) {
          return Optional.of(soonest);
        }
        Thread.sleep(STEP);
      }
      return Optional.empty();
    }

    private JsonObject json(
        JsonObject said, boolean changed, Map<String, Optional<Instant>> from, List<String> away)
        throws FormatException {
      return JsonObject.builder()
          .put("tenant", tenant)
          .put("changed", changed)
          .put("delegated", true)
          .put("delegated_until", said.number("delegated_until"))
          .put("signers", from.entrySet().stream().map(Add::json).toList())
          .put("away", away)
          .build();
    }

    private static JsonObject json(Map.Entry<String, Optional<Instant>> signer) {
      JsonObject.Builder json = JsonObject.builder().put("name", signer.getKey());
      signer.getValue().ifPresent(from -> json.put("signs_from", from.getEpochSecond()));
      return json.build();
    }

    private String text(JsonObject said, boolean changed, Map<String, Optional<Instant>> from)
        throws FormatException {
      StringBuilder text =
          new StringBuilder(changed ? "ADDED  " : "ADDED ALREADY  ").append(tenant);
      from.forEach(
          (name, at) ->
              text.append("%n  signer %s ".formatted(name))
                  .append(
                      at.map(time -> "signs for it from " + time + " on")
                          .orElse("has no key for it yet: see counterfoil signer doctor")));
      return text.append("%n  the root names it until ".formatted())
          .append(Instant.ofEpochSecond(said.number("delegated_until")))
          .append("%nNow register its clients: counterfoil client add".formatted())
          .toString();
    }
  }
}
