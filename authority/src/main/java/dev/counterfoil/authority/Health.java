package dev.counterfoil.authority;

import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.peers.Peers;
import dev.counterfoil.authority.signals.SignalsPoller;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.authority.signers.SignerView.State;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.authority.watching.MonitorWatch;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.signerprotocol.SignerClient;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether the process lives, and whether the domain can issue tokens. */
record Health(
    boolean signsPeopleIn,
    SignerClient registrar,
    PublishedKeys published,
    Served.Cosigned cosigned,
    Optional<MonitorWatch> monitorWatch,
    Optional<Peers> peers,
    List<SignalsPoller> pollers,
    InstantSource clock) {
  Health {
    pollers = List.copyOf(pollers);
  }

  private static final byte[] LIVE = "{\"live\":true}".getBytes(StandardCharsets.US_ASCII);

  /**
   * Most places that were damaged, as many that were mended, and most cosigners of logs in one
   * answer. Each process has an equal part of them, so that none hides another's; together they
   * stay below what the monitor reads of it, whatever a signer says of itself.
   */
  private static final int FOUND_MAX = 64;

  private static final int COSIGNERS_MAX = 512;

  /** Of one process. */
  private static final int FOUND_OF_ONE_MAX = 16;

  void live(ServerRequest request, ServerResponse response) {
    HttpAnswers.json(response, LIVE);
  }

  /**
   * 200 when a signer is connected and says that it issues, it has a key that signs now, the
   * registrar answers, and the key log's head is one that verifiers accept; 503 otherwise. A
   * cosigner that fails makes nothing unready; neither does another authority that is away, nor
   * damage that a signer or the registrar found in a log.
   */
  void ready(ServerRequest request, ServerResponse response) throws InterruptedException {
    List<Signers.One> signers = cosigned.signers().all();
    boolean signs = cosigned.signers().isConnected();
    boolean states = registrar.isConnected() && cosigned.registrar().isHeard();
    Set<String> issuing =
        signers.stream()
            .filter(Health::issues)
            .flatMap(one -> one.view().last().stream())
            .map(state -> state.logs().getFirst().name())
            .collect(Collectors.toSet());
    Optional<KeySet> keys = published.current().map(PublishedKeys.Published::set);
    Instant now = clock.instant();
    Readiness readiness = Readiness.of(states, issuing, keys, now);
    Optional<String> signIn = signsPeopleIn ? Readiness.signInReason(keys, now) : Optional.empty();
    // The first signer's, or in its place a spare's.
    Optional<String> reason =
        !issuing.isEmpty()
            ? Optional.empty()
            : signers.stream().flatMap(one -> reason(one).stream()).findFirst();
    boolean ready = readiness.reason().isEmpty();
    response.status(ready ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    HttpAnswers.json(
        response,
        JsonObject.builder()
            .put("ready", ready)
            .put("reason", readiness.reason().orElse(null))
            .put("signer_connected", signs)
            .put("registrar_connected", states)
            .put("key_active", readiness.keyActive())
            .put("signer_reason", reason.orElse(null))
            .put("sign_in_reason", signIn.orElse(null))
            .put("signs_from", issuing.isEmpty() ? signsFrom(signers).orElse(null) : null)
            .put(
                "registrar_reason", cosigned.registrar().last().flatMap(State::reason).orElse(null))
            .put("registrar_no_new_connection", cosigned.registrar().noNewConnection().orElse(null))
            .put(
                "registrar_alarms",
                cosigned.registrar().last().map(State::alarms).orElse(List.of()))
            .put("signers", signers.stream().map(Health::json).toList())
            .put("damage", found(view -> view.last().map(State::damage).orElse(List.of())))
            .put("repaired", found(view -> view.scrub().repaired()))
            .put("cosigners", cosigners())
            .put("monitor_watch", monitorWatch.map(MonitorWatch::health).orElse(null))
            .put("polled_providers", pollers.stream().map(SignalsPoller::health).toList())
            .put("peers", peers.map(Health::json).orElse(List.of()))
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8));
  }

  private List<JsonObject> found(Function<SignerView, List<SignerView.Found>> of) {
    List<Signers.One> signers = cosigned.signers().all();
    int most = Math.min(FOUND_OF_ONE_MAX, FOUND_MAX / (signers.size() + 1));
    return Stream.concat(
            found("registrar", of.apply(cosigned.registrar()), most),
            signers.stream()
                .flatMap(one -> found(DomainRoutes.process(one), of.apply(one.view()), most)))
        .toList();
  }

  private static Stream<JsonObject> found(String process, List<SignerView.Found> places, int most) {
    return places.stream()
        .limit(most)
        .map(
            place ->
                JsonObject.builder()
                    .put("process", process)
                    .put("log", place.log())
                    .put("text", place.text())
                    .build());
  }

  private static Optional<String> signsFrom(List<Signers.One> signers) {
    return signers.stream()
        .flatMap(one -> one.view().last().flatMap(State::signsFrom).stream())
        .findFirst();
  }

  private static Optional<String> reason(Signers.One signer) {
    return signer.view().last().flatMap(State::reason);
  }

  /**
   * Whether it is there and said of itself that it issues. One that was not heard yet does not: at
   * a start it may still wait for its holders, or for its key to stand in the key log.
   */
  private static boolean issues(Signers.One signer) {
    return signer.isConnected()
        && signer.view().last().filter(state -> state.reason().isEmpty()).isPresent();
  }

  private static JsonObject json(Signers.One signer) {
    return JsonObject.builder()
        .put("name", signer.name())
        .put("connected", signer.isConnected())
        .put("log", signer.view().last().map(state -> state.logs().getFirst().name()).orElse(null))
        .put("reason", reason(signer).orElse(null))
        .put("no_new_connection", signer.view().noNewConnection().orElse(null))
        .build();
  }

  /** One that is away makes nothing unready: what it is not home of is served. */
  private static List<JsonObject> json(Peers peers) {
    return peers.others().stream()
        .map(
            number ->
                JsonObject.builder()
                    .put("number", number)
                    .put("answers", peers.answers(number))
                    .build())
        .toList();
  }

  private List<JsonObject> cosigners() {
    int most = COSIGNERS_MAX / (cosigned.rounds().size() + 1);
    return Stream.concat(Stream.of(cosigned.keyLogRounds()), cosigned.rounds().stream())
        .flatMap(
            rounds ->
                rounds.cosigners().stream()
                    // Those that fail first.
                    .sorted(Comparator.comparing(one -> one.problem().isEmpty()))
                    .limit(most))
        .map(
            one -> {
              JsonObject.Builder json =
                  JsonObject.builder()
                      .put("name", one.entry.name())
                      .put("log", one.log())
                      // One that was not asked yet has neither a problem nor a size.
                      .put("healthy", one.isHeard() && one.problem().isEmpty());
              if (one.size() >= 0) {
                json.put("size", one.size());
              }
              if (!one.problem().isEmpty()) {
                json.put("problem", one.problem());
              }
              one.cosignedAt().ifPresent(at -> json.put("cosigned_at", at.getEpochSecond()));
              return json.build();
            })
        .toList();
  }
}
