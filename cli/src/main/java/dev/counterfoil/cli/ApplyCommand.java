package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.RegistrationCheck;
import dev.counterfoil.cli.apply.ApplyFile;
import dev.counterfoil.cli.apply.ApplyPlan;
import dev.counterfoil.cli.apply.ApplyRun;
import dev.counterfoil.cli.apply.ApplyStep;
import dev.counterfoil.cli.apply.PresentState;
import dev.counterfoil.cli.apply.WantedTenant;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keys.KeyStatement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes people, groups and clients be as a file says. */
@Command(
    name = "apply",
    description = {
      "Makes people, groups and clients be as a file says, and shows each change.",
      "A second run with the same file changes nothing. What is not in the file stays, unless"
          + " --prune is given. Each change is one audit event.",
      "To get such a file, run counterfoil export. A client's new secret is written to a file"
          + " that only you can read."
    })
final class ApplyCommand extends ClientCommand.Managing {
  @Option(
      names = {"-f", "--file"},
      required = true,
      paramLabel = "FILE",
      description = "The file, in YAML; - for standard input.")
  private String file;

  @Option(
      names = "--dry-run",
      description = "Show the changes and make none. Ends with 1 if there are any.")
  private boolean dryRun;

  @Option(
      names = "--prune",
      description =
          "Also remove what is in the tenants and parts that the file names, and not in the file:"
              + " people, groups and clients. This cannot be undone.")
  private boolean prunes;

  private int exitCode = ExitCode.OK;

  @Override
  public Integer call() throws InterruptedException {
    super.call();
    return exitCode;
  }

  @Override
  void manage(AuthorityAdmin admin)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    List<WantedTenant> wanted = wanted();
    SortedSet<String> tenants = new TreeSet<>();
    wanted.forEach(tenant -> tenants.add(tenant.name()));
    PresentState present = PresentState.read(admin, Optional.of(tenants));
    ApplyPlan plan = ApplyPlan.of(wanted, present, prunes);
    List<String> faults = new ArrayList<>(plan.faults());
    faults.addAll(unsignable(plan));
    if (!faults.isEmpty()) {
      throw CommandFailure.environment("nothing was changed: " + String.join("\nError: ", faults));
    }
    if (dryRun) {
      exitCode = plan.steps().isEmpty() ? ExitCode.OK : ExitCode.NO;
      say(plan, 0);
      return;
    }
    carryOut(new ApplyRun(admin, present), plan);
  }

  private List<WantedTenant> wanted() throws IOException {
    String name = file.equals("-") ? "standard input" : file;
    byte[] bytes;
    try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      bytes = in.readNBytes(ApplyFile.BYTES_MAX + 1);
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + name);
    }
    if (bytes.length > ApplyFile.BYTES_MAX) {
      throw CommandFailure.environment(
          name
              + " is longer than "
              + ApplyFile.BYTES_MAX
              + " bytes. Split it, by tenant or by part, and apply one after the other");
    }
    try {
      return ApplyFile.parse(
          name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      throw CommandFailure.environment(name + " is not UTF-8");
    } catch (ConfigurationException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    }
  }

  /** Why no key may sign the tokens of a client; without the key log the signer decides later. */
  private List<String> unsignable(ApplyPlan plan) throws InterruptedException {
    List<ClientRegistration> clients = new ArrayList<>();
    for (ApplyStep step : plan.steps()) {
      switch (step) {
        case ApplyStep.AddClient add -> clients.add(add.client());
        case ApplyStep.UpdateClient update -> clients.add(update.after());
        default -> {
          // Its tokens are as they were.
        }
      }
    }
    if (clients.isEmpty()) {
      return List.of();
    }
    List<KeyStatement> keys;
    try {
      keys = FetchedKeys.fetch(installation.policy()).keys();
    } catch (CommandFailure e) {
      System.err.println(
          "Warning: could not check whether any key may sign the clients' tokens: "
              + e.getMessage());
      return List.of();
    }
    List<String> faults = new ArrayList<>();
    for (ClientRegistration client : clients) {
      for (String fault :
          RegistrationCheck.faults(client, keys, InstantSource.system().instant())) {
        faults.add("client " + client.clientId() + ": no key may sign its tokens: " + fault);
      }
    }
    return faults;
  }

  private void carryOut(ApplyRun run, ApplyPlan plan) throws IOException, InterruptedException {
    int done = 0;
    String tenant = "";
    for (ApplyStep step : plan.steps()) {
      ApplyStep.Told told = step.told();
      ApplyRun.Done result;
      try {
        result = run.carryOut(step);
      } catch (AuthorityAdmin.RefusedException e) {
        throw CommandFailure.environment(
            "the authority refused the next change ("
                + e.code()
                + "): "
                + told
                + ": "
                + e.getMessage()
                + "\n"
                + done
                + " of "
                + plan.steps().size()
                + " changes are made. Mend what it says, and run the same command again: it goes"
                + " on from there");
      }
      done++;
      if (!json) {
        if (!told.tenant().equals(tenant)) {
          tenant = told.tenant();
          System.out.println("tenant " + PlainText.of(tenant));
        }
        System.out.println(told.toString());
      }
      result
          .notRevoked()
          .ifPresent(
              why ->
                  System.err.println(
                      "Warning: some tokens of "
                          + told.name()
                          + " are not revoked yet: "
                          + why
                          + ". The authority keeps trying until they are."));
      if (result.secret().isPresent()) {
        keepQuietly(told.name(), result.secret().get());
      }
    }
    if (json) {
      say(plan, done);
    } else {
      JsonLine.print(summary(plan, done));
    }
  }

  private void say(ApplyPlan plan, int done) {
    StringBuilder text = new StringBuilder();
    String tenant = "";
    for (ApplyStep step : plan.steps()) {
      ApplyStep.Told told = step.told();
      if (!told.tenant().equals(tenant)) {
        tenant = told.tenant();
        text.append("tenant ").append(PlainText.of(tenant)).append('\n');
      }
      text.append(told).append('\n');
    }
    print(
        JsonObject.builder()
            .put("changes", told(plan.steps()))
            .put("left_alone", told(plan.leftAlone()))
            .put("made", done)
            .build(),
        text + summary(plan, done));
  }

  private static List<JsonObject> told(List<ApplyStep> steps) {
    return steps.stream().map(step -> step.told().json()).toList();
  }

  private String summary(ApplyPlan plan, int done) {
    int changes = plan.steps().size();
    String left =
        plan.leftAlone().isEmpty()
            ? ""
            : " Left alone, since not in the file: "
                + plan.leftAlone().size()
                + ". To see them, run it with --dry-run --prune.";
    if (changes == 0) {
      return "Nothing to do." + left;
    }
    return (dryRun ? "Changes to make: " + changes : "Changes made: " + done) + "." + left;
  }
}
