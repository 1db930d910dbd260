package dev.counterfoil.guard;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.guard.ForwardedRequest.OwnLine;
import dev.counterfoil.http.listener.FailedRequests;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask, for which service, and what the answer is: the same over HTTP and over gRPC, counted
 * and told to the audit log.
 */
final class GuardJudge {
  private static final System.Logger LOG = System.getLogger(GuardJudge.class.getName());

  private final Map<String, GuardedService> services;
  private final Set<InetAddress> proxies;
  private final GuardConfiguration.@Nullable ClientCertificate certificate;
  private final GuardMeters meters;
  private final FailedRequests failed;
  private final @Nullable GuardAudit audit;
  private final AtomicBoolean strangerSaid = new AtomicBoolean();
  private final AtomicBoolean malformedSaid = new AtomicBoolean();

  GuardJudge(
      Map<String, GuardedService> services,
      Set<InetAddress> proxies,
      GuardConfiguration.@Nullable ClientCertificate certificate,
      GuardMeters meters,
      FailedRequests failed,
      @Nullable GuardAudit audit) {
    this.services = Map.copyOf(services);
    this.proxies = Set.copyOf(proxies);
    this.certificate = certificate;
    this.meters = meters;
    this.failed = failed;
    this.audit = audit;
  }

  /** Whether an address is one of the proxies. */
  boolean isProxy(@Nullable SocketAddress peer) {
    return peer instanceof InetSocketAddress inet && proxies.contains(inet.getAddress());
  }

  /**
   * Answers a question.
   *
   * @param peer who asks
   * @param name the service, as the proxy names it
   * @param headers every value of a header of the client's request, whose name's case does not
   *     matter
   * @param own the request's own line, where the proxy asks with it
   */
  GuardAnswer answer(
      InetSocketAddress peer,
      String name,
      Function<String, List<String>> headers,
      @Nullable OwnLine own) {
    if (!isProxy(peer)) {
      if (strangerSaid.compareAndSet(false, true)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} asked and is none of the proxies: it is refused, and further ones are not named",
            peer.getHostString());
      }
      return refused(peer, name, GuardAnswer.undecided(403, "no-proxy"), null);
    }
    GuardedService service = services.get(name);
    if (service == null) {
      // 404 is an error for each proxy too.
      return refused(peer, name, GuardAnswer.undecided(404, "no-service"), null);
    }
    long startedAt = System.nanoTime();
    @Nullable String[] client = new String[1];
    GuardAnswer answer = decide(service, name, headers, own, client);
    meters.answered(name, answer, Duration.ofNanos(System.nanoTime() - startedAt));
    return answer.result().equals(GuardAnswer.PASSED)
        ? answer
        : refused(peer, name, answer, client[0]);
  }

  /** Before the answer: who hangs up early is on record all the same. */
  private GuardAnswer refused(
      InetSocketAddress peer, String name, GuardAnswer answer, @Nullable String client) {
    GuardAudit events = audit;
    if (events != null) {
      events.refused(
          services.containsKey(name) ? name : "none of them",
          answer,
          client == null ? peer.getHostString() : client);
    }
    return answer;
  }

  private void inspect(GuardedService service, Function<String, List<String>> headers) {
    try {
      ForwardedRequest.shown(headers).forEach(service::inspect);
    } catch (RuntimeException e) {
      failed.failed("a token of a malformed request could not be looked at", e);
    }
  }

  private GuardAnswer decide(
      GuardedService service,
      String name,
      Function<String, List<String>> headers,
      @Nullable OwnLine own,
      @Nullable String[] client) {
    try {
      ForwardedRequest forwarded = ForwardedRequest.read(headers, own, certificate, proxies);
      client[0] = forwarded.context().clientAddress();
      return service.decide(forwarded);
    } catch (FormatException e) {
      if (malformedSaid.compareAndSet(false, true)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "a request for {0} is refused: {1}. Further ones are counted and not said.",
            name,
            e.getMessage());
      }
      // The client chooses its host, method and target: a forged token hides behind none of them.
      inspect(service, headers);
      return GuardAnswer.challenge(401, "malformed-request", "Bearer error=\"invalid_request\"");
    } catch (RuntimeException e) {
      // Fails closed: no proxy takes it for a yes.
      failed.failed("a request for a service could not be decided", e);
      return GuardAnswer.undecided(500, "failed");
    }
  }
}
