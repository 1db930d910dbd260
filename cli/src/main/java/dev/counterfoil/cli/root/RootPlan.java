package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a ceremony is prepared for: requests of registrars, windows, the file that comes of it. */
final class RootPlan {
  /** Clocks of a ceremony and of registrars differ; its first window begins so much earlier. */
  private static final Duration CLOCKS = Duration.ofMinutes(10);

  @Option(
      names = "--request",
      paramLabel = "FILE",
      description =
          "What to delegate: ceremony-request.json from a registrar's folder. Repeat"
              + " it for each domain.")
  private List<Path> requests = new ArrayList<>();

  @Option(
      names = "--windows",
      paramLabel = "N",
      defaultValue = "13",
      description = "How many windows of 30 days to sign ahead, 1 to 13 (default: 13, a year).")
  private int windows;

  @Option(
      names = "--statement-key",
      paramLabel = "FILE",
      description = "Delegate to this key (a JWK) instead of the one in the request.")
  private @Nullable Path statementKey;

  @Option(
      names = "--allow-unrecorded",
      description = "Allow keys whose tokens nobody records: legacy keys, until a date.")
  private boolean allowUnrecorded;

  @Option(
      names = "--attach",
      paramLabel = "ISSUER",
      description =
          "Attach an issuer: its keys may be stated for record logs"
              + " (integrate/attached-issuers.md). Those that are attached now stay so. May be"
              + " repeated.")
  private List<String> attach = new ArrayList<>();

  @Option(
      names = "--detach",
      paramLabel = "ISSUER",
      description = "Attach this issuer no longer: its tokens are refused. May be repeated.")
  private List<String> detach = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The ceremony file, which goes from holder to holder.")
  private Path out;

  private final InstantSource clock = InstantSource.system();

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  List<CeremonyRequest> requests() {
    return requests.stream().map(RootFiles::request).toList();
  }

  /** The root that the requests stand under: one and the same, complete. */
  List<JointStatement> roots() {
    List<CeremonyRequest> read = requests();
    if (read.isEmpty()) {
      throw CommandFailure.environment(
          "name what to delegate: --request and the ceremony-request.json of the"
              + " registrar's folder");
    }
    List<JointStatement> longest = List.of();
    for (CeremonyRequest request : read) {
      if (request.roots().size() > longest.size()) {
        longest = request.roots();
      }
    }
    if (longest.isEmpty()) {
      throw CommandFailure.environment(
          "the registrar has no root yet. counterfoil root init creates the first one");
    }
    for (CeremonyRequest request : read) {
      for (int i = 0; i < request.roots().size(); i++) {
        if (!request.roots().get(i).hash().equals(longest.get(i).hash())) {
          throw CommandFailure.environment(
              "the requests belong to different roots. Hold a ceremony for each");
        }
      }
    }
    return longest;
  }

  /** The ceremony with what the requests ask for, delegated by its last root. */
  Ceremony delegating(Ceremony ceremony, RootMetadata root) {
    if (windows < 1 || windows > DelegationWindows.WINDOWS_MAX) {
      throw CommandFailure.environment("--windows is 1 to 13");
    }
    Instant now = now();
    Ceremony with = ceremony;
    for (CeremonyRequest asked : requests()) {
      CeremonyRequest request = asked;
      if (statementKey != null) {
        PublicJwk key = RootFiles.statementKey(statementKey);
        request = request.forKey(key);
      }
      if (allowUnrecorded) {
        request = request.within(request.bounds().allowingUnrecorded());
      }
      request = request.within(attaching(request));
      List<Delegation> said = Ceremony.windows(request, root, now, now.minus(CLOCKS), windows);
      if (said.isEmpty()) {
        throw CommandFailure.environment(
            "the root expired at " + root.expires() + ". Rotate it: counterfoil root rotate");
      }
      if (said.size() < windows) {
        System.err.printf(
            "Warning: the root expires at %s, so only %d windows are prepared%n",
            root.expires(), said.size());
      }
      with = with.with(said);
    }
    return with;
  }

  /** A ceremony that names no attached issuer must not refuse every token of those that are. */
  private Delegation.Bounds attaching(CeremonyRequest request) {
    try {
      List<DelegationWindows.Window> recorded = request.windows().all();
      Set<String> issuers =
          new HashSet<>(
              recorded.isEmpty()
                  ? Set.of()
                  : recorded.getLast().delegation().bounds().attachedIssuers());
      if (!issuers.containsAll(detach)) {
        throw CommandFailure.environment(
            "--detach names an issuer that is not attached; attached are " + issuers);
      }
      issuers.removeAll(detach);
      issuers.addAll(attach);
      return request.bounds().attaching(issuers);
    } catch (FormatException e) {
      throw CommandFailure.environment("the request is damaged: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment("--attach: " + e.getMessage());
    }
  }

  static RootMetadata root(List<JointStatement> roots) {
    try {
      return new Ceremony(roots, List.of()).check().root();
    } catch (FormatException e) {
      throw CommandFailure.environment("the root in the request is invalid: " + e.getMessage());
    }
  }

  /** Writes the ceremony and says what is in it. */
  int write(Ceremony ceremony, boolean json) {
    Ceremony.Checked checked = CeremonyText.checked(ceremony);
    RootFiles.writeNew(out, ceremony);
    if (json) {
      JsonLine.print(CeremonyText.json(checked));
    } else {
      System.out.print(CeremonyText.words(checked));
      System.out.printf(
          "Each holder reads and signs it: counterfoil root sign %s --holder HOLDER-FOLDER%n", out);
    }
    return ExitCode.OK;
  }
}
