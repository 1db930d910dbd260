package dev.counterfoil.authority;

import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.authority.clients.ClientStore;
import dev.counterfoil.authority.clients.ReplayGuard;
import dev.counterfoil.authority.connect.PersonGrants;
import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.authority.people.People;
import dev.counterfoil.configuration.Limit;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.http.listener.LongPolls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What the clients of a domain share, or what lasts, and how full it is. */
final class DomainLimits {
  /**
   * Entries of the key log of which an operator is to hear. Nothing ends there: each verifier that
   * starts reads all of it, at some 100 bytes a revocation 100 MB.
   */
  static final int KEY_LOG_ENTRIES = 1_000_000;

  private static final String USES_FULL = "the most active clients are told to try again";

  private DomainLimits() {}

  static List<Limit> of(Served served) {
    List<Limit> limits = new ArrayList<>(always(served));
    served
        .grants()
        .map(PersonGrants::grants)
        .ifPresent(
            grants ->
                limits.add(
                    new Limit(
                        "grants",
                        grants::size,
                        grants::max,
                        "nobody signs in to an application until a grant ends. Give the authority more memory")));
    served
        .people()
        .map(People::signIn)
        .ifPresent(
            signIn ->
                limits.add(
                    new Limit(
                        "sessions",
                        signIn::sessions,
                        signIn::sessionsMax,
                        "nobody signs in until a session ends. Give the authority more memory")));
    return List.copyOf(limits);
  }

  private static List<Limit> always(Served served) {
    Served.Once once = served.once();
    LongPolls polls = served.waiting().polls();
    Spool spool = served.audit().client().spool();
    return List.of(
        new Limit(
            "clients",
            served.clients()::size,
            () -> ClientStore.CLIENTS_MAX,
            "no client can be registered"),
        new Limit(
            "used-assertions",
            once.assertions()::remembered,
            () -> ReplayGuard.ENTRIES_MAX,
            USES_FULL),
        new Limit(
            "used-proofs", once.proofs()::remembered, () -> ReplayGuard.ENTRIES_MAX, USES_FULL),
        new Limit(
            "long-polls",
            polls::waiting,
            polls::max,
            "answers come at once, without waiting for news"),
        new Limit(
            "audit-spool",
            spool::usedBytes,
            spool::bytesMax,
            "whatever must be recorded is refused. Find out why events do not reach the monitor"),
        new Limit(
            "key-log",
            () -> entries(served.logs()),
            () -> KEY_LOG_ENTRIES,
            "nothing stops, but each verifier that starts reads all of it. Set revocation-logs"),
        Limit.ofDisk(
            served.domain().logFolder(),
            "the processes of the logs stop, and no token is issued without them"));
  }

  private static long entries(PublicLogs logs) {
    try {
      return logs.size(KeyLog.NAME);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
