package dev.counterfoil.custodian;

import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldEntry;
import dev.counterfoil.custodian.held.HeldRecordForm;
import dev.counterfoil.custodian.held.HeldSegments;
import dev.counterfoil.custodian.issuer.HttpIssuerSource;
import dev.counterfoil.custodian.issuer.RecordStreamWriter;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.answers.Turns;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.log.read.LogReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The side of a custodian that tenants and auditors see (spec/custody.md). A client sees the tenant
 * that its own token is for and no other; the counts of all take a scope of their own.
 */
final class TenantRoutes {
  /** The scope of a tenant's clients. */
  static final String TENANT_SCOPE = "counterfoil:tenant";

  /** The scope of those who see all tenants' counts. */
  static final String AUDIT_SCOPE = "counterfoil:custody-audit";

  private static final int PAGE = 200;

  /** Most records of one answer: who wants more asks again, with a token that still counts. */
  private static final long RECORDS_MAX = 1 << 18;

  private static final int BUFFER_BYTES = 64 << 10;

  /**
   * A page ends behind the record with which it has as many bytes: it is put together in memory.
   */
  private static final int PAGE_RECORD_BYTES = 1 << 20;

  /** Pages that are in memory at one time, each with the index of a segment: 5 MB or so. */
  private static final int PAGES_AT_ONCE = 32;

  private static final int PAGES_EACH_MAX = 4;

  /** An answer with all counts has a hundred bytes or more for each tenant. */
  private static final int COUNTS_AT_ONCE = 2;

  private final Custodian custodian;
  private final BearerCheck callers;
  private final Turns pages = new Turns(PAGES_AT_ONCE, PAGES_EACH_MAX);
  private final Turns counts = new Turns(COUNTS_AT_ONCE, 1);

  TenantRoutes(Custodian custodian, BearerCheck callers) {
    this.custodian = custodian;
    this.callers = callers;
  }

  /** A tenant's own count, in a statement. */
  void own(
      LogFollower log, CustodyLog.Vouched vouched, ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    String tenant = log.custody().form().filedUnder(caller(log, request, TENANT_SCOPE));
    Answers.send(
        response, custodian.tenants().own(log, vouched, log.custody().reader(), tenant).answer());
  }

  /** All counts. */
  void all(
      LogFollower log, CustodyLog.Vouched vouched, ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = caller(log, request, AUDIT_SCOPE);
    requireTrusted(log, caller);
    try (Turns.Turn _ = counts.take(caller.name())) {
      CustodyStatements.Made made = custodian.statement(log, vouched);
      custodian.reads(
          caller,
          ClientAddress.ofClient(request),
          log,
          "tenants",
          0,
          made.counts().statement().checkpoint().size());
      // It is in memory until the caller has taken it.
      Answers.send(response, all(made));
    }
  }

  private static JsonObject all(CustodyStatements.Made made) {
    List<JsonObject> all = new ArrayList<>();
    for (TenantCount count : made.counts().counts()) {
      all.add(
          JsonObject.builder()
              .put("tenant", count.tenant())
              .put("count", count.count())
              .put("salt", count.salt().base64())
              .build());
    }
    return TenantCustody.statement(made.note(), made.head()).put("counts", all).build();
  }

  /** A page of a tenant's own counterfoils with their proofs. */
  void counterfoils(
      LogFollower log,
      CustodyLog.Vouched vouched,
      LogReader reader,
      ServerRequest request,
      ServerResponse response)
      throws RefusedRequestException, IOException {
    if (log.custody().form() != HeldRecordForm.TOKENS) {
      // A tenant's own events are the monitor's to show: here they are sealed, with pseudonyms.
      throw new RefusedRequestException(Problem.notFound());
    }
    String tenant = log.custody().form().filedUnder(caller(log, request, TENANT_SCOPE));
    long size = parameter(request, "size", vouched.checkpoint().size());
    long from = parameter(request, "from", size);
    try (Turns.Turn _ = pages.take(log.domain() + "/" + tenant)) {
      // It is in memory until the caller has taken it.
      Answers.send(response, page(log, reader, tenant, from, size));
    }
  }

  private JsonObject page(LogFollower log, LogReader reader, String tenant, long from, long size)
      throws IOException {
    HeldSegments held = log.custody().held();
    JsonObject.Builder json =
        JsonObject.builder()
            .put("tenant", tenant)
            .put("size", size)
            .put("kept_from", held.keptFrom());
    Optional<Integer> number = custodian.names().find(tenant);
    if (number.isEmpty()) {
      return json.put("counterfoils", List.of()).build();
    }
    HeldSegments.Positions found = held.positionsOf(number.get(), from, size, PAGE);
    OptionalLong next = found.next();
    List<JsonObject> page = new ArrayList<>();
    long bytes = 0;
    for (long position : found.positions()) {
      if (bytes >= PAGE_RECORD_BYTES) {
        next = OptionalLong.of(position);
        break;
      }
      page.add(TenantCustody.counterfoil(held, reader, position, size));
      bytes += held.entry(position).map(HeldEntry::length).orElse(0);
    }
    next.ifPresent(position -> json.put("next", position));
    return json.put("counterfoils", page).build();
  }

  /**
   * Gives back what is held of an audit log, sealed as it came, to who restores it: at the end the
   * checkpoint with our cosignature. Counterfoils are not given out so: they are in plain.
   */
  void records(
      LogFollower log, CustodyLog.Vouched vouched, ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    if (log.custody().form() != HeldRecordForm.EVENTS) {
      throw new RefusedRequestException(Problem.notFound());
    }
    Caller caller = caller(log, request, HttpIssuerSource.CUSTODY_SCOPE);
    requireTrusted(log, caller);
    long size = vouched.checkpoint().size();
    long from = parameter(request, "from", size);
    HeldSegments held = log.custody().held();
    if (from < held.keptFrom()) {
      throw new RefusedRequestException(
          new Problem(410, "forgotten", "records before " + held.keptFrom() + " are not held"));
    }
    long end = Math.min(size, from + RECORDS_MAX);
    custodian.reads(caller, ClientAddress.ofClient(request), log, "records", from, end);
    response
        .header(HeaderNames.CONTENT_TYPE, RecordStreamWriter.MEDIA_TYPE)
        .header(HeaderNames.CACHE_CONTROL, "no-store");
    try (OutputStream out =
        new BufferedOutputStream(response.status(Status.OK_200).outputStream(), BUFFER_BYTES)) {
      RecordStreamWriter stream = new RecordStreamWriter(out);
      for (long position = from; position < end; position++) {
        Optional<byte[]> record = held.record(position);
        if (record.isEmpty()) {
          // Forgotten meanwhile: whoever reads sees that it ends early.
          return;
        }
        stream.record(record.get());
      }
      if (end == size) {
        stream.head(custodian.cosigned(vouched.note()).bytes());
      }
      stream.flush();
    }
  }

  private Caller caller(LogFollower log, ServerRequest request, String scope)
      throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, scope);
    // An audit log has events of every domain, and a name says of which each is.
    if (log.custody().form() == HeldRecordForm.TOKENS && !caller.domain().equals(log.domain())) {
      throw new RefusedRequestException(
          Problem.unauthorized("the token is of another trust domain than the log"));
    }
    return caller;
  }

  /**
   * Names of tenants of every domain: for one whom the whole installation trusts with them. Which
   * domain's issuer says who that is stands in the configuration; each says so of its own clients.
   */
  private static void requireTrusted(LogFollower log, Caller caller)
      throws RefusedRequestException {
    if (log.custody().form() == HeldRecordForm.EVENTS
        && !(caller.tenant().equals(KeyCeiling.OWN_TENANT)
            && caller.domain().equals(log.domain()))) {
      throw new RefusedRequestException(
          new Problem(
              403,
              "other-tenants",
              "only a client of tenant "
                  + KeyCeiling.OWN_TENANT
                  + " of the domain that audit-logs names may ask"),
          caller);
    }
  }

  private static long parameter(ServerRequest request, String name, long max)
      throws RefusedRequestException {
    if (!request.query().contains(name)) {
      throw new RefusedRequestException(Problem.malformed(name + " is missing"));
    }
    try {
      return Decimal.parse(request.query().get(name), Math.min(max, TokenId.POSITION_LIMIT));
    } catch (FormatException e) {
      throw new RefusedRequestException(
          Problem.malformed(name + " is a decimal number of at most " + max));
    }
  }
}
