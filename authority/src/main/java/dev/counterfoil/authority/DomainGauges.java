package dev.counterfoil.authority;

import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.authority.connect.grants.Grants;
import dev.counterfoil.authority.connect.logout.BackChannelLogout;
import dev.counterfoil.authority.peers.Sharing;
import dev.counterfoil.authority.people.People;
import dev.counterfoil.authority.signals.SignalsPoller;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.authority.signers.Signers;
import dev.counterfoil.authority.token.TokenEndpoint;
import dev.counterfoil.authority.watching.MonitorWatch;
import dev.counterfoil.signin.SignIn;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** What a domain's figures say, beside those of its endpoints. */
record DomainGauges(PrometheusMeterRegistry meters) {
  /** Of what people and clients do. */
  void of(TokenEndpoint token, Served served) {
    served
        .people()
        .map(People::signIn)
        .ifPresent(
            pages ->
                Gauge.builder("counterfoil.authority.sessions", pages, SignIn::sessions)
                    .description("Sessions of people")
                    .register(meters));
    served
        .grants()
        .ifPresent(
            people -> {
              Gauge.builder("counterfoil.authority.grants", people.grants(), Grants::size)
                  .description("What people allowed applications and counts still")
                  .register(meters);
              Gauge.builder(
                      "counterfoil.authority.grants.to.revoke", people.grants(), Grants::waiting)
                  .description("Grants that ended, whose tokens the registrar has still to revoke")
                  .register(meters);
            });
    served
        .logout()
        .ifPresent(
            logout -> {
              Gauge.builder(
                      "counterfoil.authority.logouts.waiting", logout, BackChannelLogout::waiting)
                  .description("Clients that have still to be told that a session ended")
                  .register(meters);
              FunctionCounter.builder(
                      "counterfoil.authority.logouts.given.up", logout, BackChannelLogout::givenUp)
                  .description("Clients that could not be told that a session ended")
                  .register(meters);
            });
    for (SignalsPoller poller : served.pollers()) {
      Gauge.builder("counterfoil.authority.signals.poll.age", poller, SignalsPoller::ageSeconds)
          .description("Seconds since a provider's events were polled")
          .tag("upstream", poller.upstream())
          .register(meters);
    }
    served
        .sharing()
        .map(Sharing::peers)
        .ifPresent(
            peers -> {
              for (int number : peers.others()) {
                Gauge.builder(
                        "counterfoil.authority.peer.answers",
                        peers,
                        of -> of.answers(number) ? 1 : 0)
                    .description(
                        "Whether another authority answered when it was last asked, or was not"
                            + " asked yet")
                    .tag("peer", Integer.toString(number))
                    .register(meters);
              }
            });
    Spool spool = served.audit().client().spool();
    Gauge.builder("counterfoil.authority.audit.waiting", spool, of -> of.size() - of.acknowledged())
        .description("Audit events that wait to be delivered to the monitor")
        .register(meters);
    FunctionCounter.builder("counterfoil.authority.audit.lost", spool, Spool::lost)
        .description("Audit events that could not be kept since the start")
        .register(meters);
    served
        .monitorWatch()
        .ifPresent(
            watch ->
                Gauge.builder(
                        "counterfoil.authority.monitor.probe.age", watch, MonitorWatch::ageSeconds)
                    .description("Seconds since the monitor found the authority's forged token")
                    .register(meters));
    Gauge.builder("counterfoil.authority.signer.waiting", token, TokenEndpoint::waiting)
        .description("Requests that wait for the signer")
        .register(meters);
    for (Signers.One one : served.cosigned().signers().all()) {
      Gauge.builder("counterfoil.authority.signer.connected", one, s -> s.isConnected() ? 1 : 0)
          .description("Whether the signer is connected")
          .tag("signer", one.name())
          .register(meters);
    }
    Gauge.builder(
            "counterfoil.authority.registrar.connected",
            served.registrar(),
            r -> r.isConnected() ? 1 : 0)
        .description("Whether the registrar is connected")
        .register(meters);
  }

  /** Meters of what a process found when it read its logs again. */
  void ofLogs(String process, SignerView view) {
    Gauge.builder(
            "counterfoil.authority.log.damaged",
            view,
            of -> of.last().map(state -> state.damage().size()).orElse(0))
        .description("Logs that are damaged where the process cannot repair them")
        .tag("process", process)
        .register(meters);
    FunctionCounter.builder(
            "counterfoil.authority.log.repaired.places", view, of -> of.scrub().places())
        .description("Places of its logs that the process rewrote since it started")
        .tag("process", process)
        .register(meters);
  }
}
