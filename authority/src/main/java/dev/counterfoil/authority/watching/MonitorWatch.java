package dev.counterfoil.authority.watching;

import dev.counterfoil.authority.auditing.OwnToken;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.authority.settings.MonitorWatchEntry;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.http.outbound.SignedWebhook;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Watches a domain's monitor from another process. One thread probes; another one pages, so that a
 * probe that hangs holds up no page.
 */
public final class MonitorWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MonitorWatch.class.getName());
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration PATIENCE_MAX = Duration.ofSeconds(30);
  private static final Duration PAGE_WITHIN = Duration.ofSeconds(15);

  private final String domain;
  private final MonitorWatchEntry entry;
  private final MonitorProbe probe;
  private final Optional<SignedWebhook> page;
  private final InstantSource clock;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Thread> threads;
  private Silence silence;
  private Optional<String> why = Optional.empty();
  private Optional<String> untold = Optional.empty();
  private boolean isLogged;

  private MonitorWatch(
      String domain, MonitorWatchEntry entry, MonitorProbe probe, InstantSource clock) {
    this.domain = domain;
    this.entry = entry;
    this.probe = probe;
    this.clock = clock;
    this.page =
        entry
            .webhook()
            .map(
                to ->
                    new SignedWebhook(
                        to.url(), to.secret()::read, "counterfoil-authority", clock, PAGE_WITHIN));
    this.silence = new Silence(clock.instant(), false);
    this.threads = List.of(thread("watch-monitor", this::probeForever), thread("page", this::page));
    threads.forEach(Thread::start);
  }

  /** Starts to watch a domain's monitor. */
  public static MonitorWatch start(
      Domain domain,
      URI monitor,
      Signers signers,
      SightingSink sightings,
      HttpClient http,
      InstantSource clock,
      SecureRandom random) {
    MonitorProbe probe =
        new MonitorProbe(
            monitor,
            domain.issuer().toString(),
            sightings,
            OwnToken.CLIENT_ID,
            new OwnToken(
                signers, KeyCeiling.OWN_TENANT, "counterfoil:findings", domain.tokenLife(), clock),
            () ->
                signers.all().stream()
                    .flatMap(one -> one.view().last().stream())
                    .flatMap(state -> state.logs().stream().limit(1))
                    .map(log -> log.name())
                    .findFirst(),
            http,
            clock,
            random);
    return new MonitorWatch(
        domain.name(), domain.monitorWatch().orElse(MonitorWatchEntry.DEFAULT), probe, clock);
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static Thread thread(String name, Work work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .unstarted(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private boolean endsWithin(Duration pause) throws InterruptedException {
    return closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void probeForever() throws InterruptedException {
    // Not the time between two: a probe that is found late is no silence.
    Duration patience = entry.within().compareTo(PATIENCE_MAX) < 0 ? entry.within() : PATIENCE_MAX;
    while (!endsWithin(entry.every())) {
      try {
        probe.run(patience);
        came();
      } catch (IOException | RuntimeException e) {
        // Whatever fails here, the monitor was not heard.
        missed(e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString());
      }
    }
  }

  private synchronized void came() {
    silence = silence.came(clock.instant());
    why = Optional.empty();
  }

  private synchronized void missed(String reason) {
    why = Optional.of(reason);
  }

  private void page() throws InterruptedException {
    while (!endsWithin(LOOK_EVERY)) {
      Instant now = clock.instant();
      Silence.Step step;
      Silence as;
      synchronized (this) {
        as = silence;
        step = as.next(now, entry.within());
      }
      if (step != Silence.Step.NOTHING) {
        tell(step, as, now);
      } else {
        isLogged = false;
      }
    }
  }

  private void tell(Silence.Step step, Silence as, Instant now) throws InterruptedException {
    boolean isPage = step == Silence.Step.PAGE;
    String summary =
        isPage
            ? "The monitor of domain "
                + domain
                + " has found no probe since "
                + as.since()
                + ": forged tokens may go unnoticed. "
                + reason().orElse("No probe ended yet")
                + ". See docs/operate/monitor.md"
            : "The monitor of domain " + domain + " finds probes again.";
    if (!isLogged) {
      LOG.log(isPage ? System.Logger.Level.ERROR : System.Logger.Level.INFO, summary);
      isLogged = true;
    }
    Optional<String> failed = post(isPage, as, now, summary);
    synchronized (this) {
      untold = failed;
      if (failed.isEmpty()) {
        silence = silence.told(step);
      }
    }
    if (failed.isPresent()) {
      boolean _ = endsWithin(LOOK_EVERY.multipliedBy(4));
    }
  }

  private Optional<String> post(boolean isPage, Silence as, Instant now, String summary)
      throws InterruptedException {
    if (page.isEmpty()) {
      return Optional.empty();
    }
    String type = isPage ? "counterfoil.monitor.silent" : "counterfoil.monitor.heard";
    JsonObject body =
        JsonObject.builder()
            .put("type", type)
            .put("timestamp", now.toString())
            .put(
                "data",
                JsonObject.builder()
                    .put("domain", domain)
                    .put("severity", "critical")
                    .put("last_probe_at_ms", as.since().toEpochMilli())
                    .put("summary", summary)
                    .build())
            .build();
    try {
      int status =
          page.get()
              .post(
                  type.substring(type.indexOf('.') + 1).replace('.', '-')
                      + "-"
                      + domain
                      + "-"
                      + as.since().toEpochMilli(),
                  body.toString().getBytes(StandardCharsets.UTF_8));
      return status / 100 == 2 ? Optional.empty() : Optional.of(SignedWebhook.answered(status));
    } catch (IOException | RuntimeException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private synchronized Optional<String> reason() {
    return why;
  }

  /** Seconds since a probe came through, or since the watch began. */
  public synchronized double ageSeconds() {
    return Duration.between(silence.since(), clock.instant()).toMillis() / 1000.0;
  }

  /** How the monitor is, for the process's health. */
  public synchronized JsonObject health() {
    return JsonObject.builder()
        .put("silent", silence.isSilent(clock.instant(), entry.within()))
        .put("last_probe_at", silence.since().getEpochSecond())
        .put("why", why.orElse(null))
        .put("page_failed", untold.orElse(null))
        .build();
  }

  @Override
  public void close() {
    closing.countDown();
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join(Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    page.ifPresent(SignedWebhook::close);
  }
}
