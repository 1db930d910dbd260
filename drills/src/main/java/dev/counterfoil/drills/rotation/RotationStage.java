package dev.counterfoil.drills.rotation;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.drills.domain.ThrowawayInstallation;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.process.settings.PurposeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Trust domains with short times, one with times that are too short for others' caches, and those
 * who verify.
 */
final class RotationStage {
  private static final String HASTY = "hasty";
  private static final String CLIENT = "robot";

  /** Life of the access tokens of the installation's own clients. */
  private static final Duration OWN_LIFE = Duration.ofMinutes(5);

  private final List<RotatingDomain> domains = new ArrayList<>();
  private final List<StrangerProcess> strangers = new ArrayList<>();
  private final RotatingDomain hasty;
  private final ThrowawayInstallation installation;
  private final VerifierPanel panel;

  /**
   * Sets the stage.
   *
   * @param strangersFolder with the programs of others' verifiers
   */
  RotationStage(DrillRun run, RotationPace pace, Optional<Path> strangersFolder) throws Exception {
    if (strangersFolder.isPresent()) {
      Path folder = strangersFolder.get();
      if (StrangerProcess.hasJava(folder)) {
        strangers.add(
            run.open(StrangerProcess.java(folder, run.folder().resolve("strangers-java.log"))));
      }
      if (StrangerProcess.hasNode(folder)) {
        strangers.add(
            run.open(StrangerProcess.node(folder, run.folder().resolve("strangers-node.log"))));
      }
    }
    List<PurposeEntry> purposes = RotatingDomain.purposes(pace);
    List<PurposeEntry> hastyPurposes = RotatingDomain.purposes(hastyPace());
    List<Integer> ports = FreePorts.find(pace.domains() + 2);
    List<InstallationConfiguration.Domain> all = new ArrayList<>();
    for (int number = 1; number <= pace.domains(); number++) {
      all.add(domain(name(number), ports.get(number - 1), pace, purposes));
    }
    all.add(domain(HASTY, ports.get(pace.domains()), hastyPace(), hastyPurposes));
    installation = new ThrowawayInstallation(run, all, ports.getLast(), Programs.ofThisProcess());
    for (int number = 1; number <= pace.domains(); number++) {
      domains.add(meet(run, installation, name(number), purposes));
    }
    hasty = meet(run, installation, HASTY, hastyPurposes);
    panel = run.open(new VerifierPanel(strangers, pace.freshCaches(), run.clock()));
    for (RotatingDomain domain : domains) {
      Await.require(domain.name(), domain::isReady);
    }
    Await.require(HASTY, hasty::isReady);
  }

  private static String name(int number) {
    return "rotating-" + number;
  }

  /** One ring whose keys nobody with a cache can follow. */
  private static RotationPace hastyPace() {
    return new RotationPace(
        1,
        1,
        List.of("ES256"),
        RotationPace.HASTY_USAGE,
        Duration.ZERO,
        Optional.of(RotationPace.SLOW_MACHINE),
        RotationPace.HASTY_WINDOW,
        Duration.ZERO,
        Duration.ZERO,
        0,
        1,
        1,
        Optional.empty());
  }

  private static InstallationConfiguration.Domain domain(
      String name, int port, RotationPace pace, List<PurposeEntry> purposes) {
    return new InstallationConfiguration.Domain(
        name,
        ThrowawayInstallation.issuer(port),
        ThrowawayInstallation.listen(port),
        List.of(RotatingDomain.TENANT),
        List.of(RotatingDomain.AUDIENCE),
        OWN_LIFE,
        pace.usage(),
        pace.reserve(),
        Optional.of(pace.propagation()),
        // Of the hasty domain; its own verifiers refuse nothing, and the drill shows who does.
        pace.propagation().compareTo(RotationPace.STRANGERS_WINDOW) < 0,
        purposes,
        Map.of(),
        List.of(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  private static RotatingDomain meet(
      DrillRun run, ThrowawayInstallation installation, String name, List<PurposeEntry> purposes)
      throws Exception {
    return run.open(
        new RotatingDomain(
            installation.policy(name),
            purposes,
            installation.data().domain(name).signer().resolve("service.sock"),
            installation.register(name, client()),
            run.clock()));
  }

  private static ClientRegistration client() {
    return new ClientRegistration(
        CLIENT,
        CLIENT,
        RotatingDomain.TENANT,
        CLIENT,
        AuthenticationMethod.CLIENT_SECRET_BASIC,
        Optional.empty(),
        List.of(RotatingDomain.AUDIENCE),
        List.of(RotatingDomain.SCOPE),
        false,
        false,
        Optional.of(RotatingDomain.LIFE),
        Optional.empty(),
        Set.of(),
        SignInTerms.NONE);
  }

  List<RotatingDomain> domains() {
    return domains;
  }

  /** Whose keys are stated a second before they sign. */
  RotatingDomain hasty() {
    return hasty;
  }

  List<StrangerProcess> strangers() {
    return strangers;
  }

  VerifierPanel panel() {
    return panel;
  }

  /** The hasty domain's signer stands still, and with it what makes keys follow each other. */
  void stopRotator() throws IOException, InterruptedException {
    installation.signal("signer-" + HASTY, "STOP");
  }

  void continueRotator() throws IOException, InterruptedException {
    installation.signal("signer-" + HASTY, "CONT");
  }
}
