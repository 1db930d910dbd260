package dev.counterfoil.custodian.check;

import dev.counterfoil.custodian.CustodianAnswers;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tenant's end of custody (spec/custody.md): fetches all of a tenant's counterfoils from a
 * custodian and checks that they are in the log and that they are all.
 */
public final class TenantCheck {
  private static final int FAULTS_MAX = 100;

  /**
   * Most pages in a row without a counterfoil: a custodian skips over whole segments of others, so
   * that an honest one needs few.
   */
  private static final int EMPTY_PAGES_MAX = 10_000;

  private final CosignerKey custodianKey;
  private final CustodianAnswers answers;

  /** Takes each counterfoil that is proved to be in the log and the tenant's. */
  @FunctionalInterface
  public interface Proved {
    void proved(HeldToken token) throws IOException;
  }

  /**
   * What came of it.
   *
   * @param head the log's signed state that all of it is under; empty where the custodian gave none
   *     that is good
   * @param stated how many the custodian stated
   * @param proved how many counterfoils came and are proved
   * @param shredded how many were shredded: their leaves are proved, and nothing else is known of
   *     them
   * @param forgotten whether older ones are no longer kept, so that some may be missing for that
   * @param faults what is wrong, exactly; none where these are all
   */
  public record Verdict(
      Optional<Checkpoint> head,
      long stated,
      long proved,
      long shredded,
      boolean forgotten,
      List<String> faults) {
    public Verdict {
      faults = List.copyOf(faults);
    }

    /** The same with something else that is wrong. */
    Verdict withFault(String fault) {
      List<String> more = new ArrayList<>(faults);
      more.add(fault);
      return new Verdict(head, stated, proved, shredded, forgotten, more);
    }

    /** Whether these are all. */
    public boolean isAll() {
      return faults.isEmpty() && head.isPresent() && proved + shredded == stated;
    }
  }

  /**
   * A check against one custodian.
   *
   * @param custodian its URL
   * @param custodianKey whose word the statement must be
   * @param token access token of the tenant for the custodian, with scope counterfoil:tenant
   */
  public TenantCheck(HttpClient http, URI custodian, CosignerKey custodianKey, String token) {
    this(custodianKey, CustodianAnswers.overHttp(http, custodian, token));
  }

  /**
   * A check of what was given to somebody, such as an export.
   *
   * @param custodianKey whose word the statement must be
   */
  public TenantCheck(CosignerKey custodianKey, CustodianAnswers answers) {
    this.custodianKey = custodianKey;
    this.answers = answers;
  }

  /** One run over one log. */
  private final class Run {
    private final NoteKey log;
    private final String tenant;
    private final Proved listener;
    private final boolean whole;
    private final TreeHasher hasher = new TreeHasher();
    private final List<String> faults = new ArrayList<>();
    private long last = -1;
    private long proved;
    private long shredded;
    private boolean forgotten;

    Run(NoteKey log, String tenant, Proved listener, boolean whole) {
      this.whole = whole;
      this.log = log;
      this.tenant = tenant;
      this.listener = listener;
    }

    private void fault(String what) {
      if (faults.size() < FAULTS_MAX) {
        faults.add(what);
      }
    }

    Verdict check() throws IOException, InterruptedException {
      Checkpoint head;
      long count;
      try {
        JsonObject own = get("tenant");
        head = CustodianAnswers.head(own, log);
        CustodyStatement statement = CustodianAnswers.statement(own, log, custodianKey);
        if (!statement.checkpoint().equals(head)) {
          fault(CustodianAnswers.OTHER_STATE);
        }
        if (!own.string("tenant").equals(tenant)) {
          fault("the token is of another tenant than " + tenant);
        }
        count = own.number("count");
        if (count < 0 || count > Math.min(head.size(), TokenId.POSITION_LIMIT)) {
          throw new FormatException("the log has not as many leaves as the tenant is said to have");
        }
        if (!own.has("path")) {
          // Also of none: else whoever hands the answer on makes none of all.
          fault("nothing shows that the custodian states a count of " + count + " of the tenant");
        } else if (!isStated(statement, own, tenant, count)) {
          fault("the count " + count + " is not the one that the custodian stated");
        }
      } catch (FormatException e) {
        fault("the custodian's statement is no good: " + e.getMessage());
        return new Verdict(Optional.empty(), 0, 0, 0, false, faults);
      }
      pages(head);
      if (whole && proved + shredded != count) {
        fault(
            "the custodian states "
                + count
                + " counterfoils, and "
                + (proved + shredded)
                + " are proved");
      }
      return new Verdict(Optional.of(head), count, proved, shredded, forgotten, faults);
    }

    private void pages(Checkpoint head) throws IOException, InterruptedException {
      Optional<Long> from = Optional.of(0L);
      int emptyPages = 0;
      while (from.isPresent()) {
        long at = from.get();
        try {
          JsonObject page = get("tenant/counterfoils?size=" + head.size() + "&from=" + at);
          forgotten |= page.number("kept_from") > 0;
          long before = last;
          for (JsonObject counterfoil : page.objects("counterfoils")) {
            take(counterfoil, head);
          }
          emptyPages = last == before ? emptyPages + 1 : 0;
          from = page.optionalNumber("next");
          if (from.isPresent()
              && (from.get() <= Math.max(at, last)
                  || from.get() >= head.size()
                  || emptyPages > EMPTY_PAGES_MAX)) {
            fault("the custodian's pages do not go on after position " + at);
            return;
          }
        } catch (FormatException e) {
          fault("the page from position " + at + " on is malformed: " + e.getMessage());
          return;
        }
      }
    }

    private void take(JsonObject counterfoil, Checkpoint head) throws FormatException, IOException {
      long position = counterfoil.number("position");
      String at = "position " + position;
      if (position <= last || position >= head.size()) {
        fault(at + " stands twice, out of order, or beyond the log's end");
        return;
      }
      last = position;
      InclusionProof proof = new InclusionProof(position, head.size(), path(counterfoil));
      if (counterfoil.has("shredded")) {
        Leaf leaf = new Leaf(Hash.parseBase64(counterfoil.string("digest")));
        if (proof.proves(leaf.hash(hasher), head.root())) {
          shredded++;
        } else {
          fault(at + ": the digest is not the one in the log");
        }
        return;
      }
      HeldToken held;
      try {
        held =
            HeldToken.parse(
                Base64Url.decode(counterfoil.string("record")),
                log.name().substring(log.name().lastIndexOf('/') + 1));
      } catch (FormatException e) {
        fault(at + ": the counterfoil is malformed: " + e.getMessage());
        return;
      }
      if (held.position() != position || !held.tenant().equals(tenant)) {
        fault(at + ": the counterfoil is of another position or tenant");
        return;
      }
      if (!proof.proves(new Leaf(held.digest()).hash(hasher), head.root())) {
        fault(at + ": the counterfoil is not the one in the log");
        return;
      }
      proved++;
      listener.proved(held);
    }

    private JsonObject get(String what) throws IOException, InterruptedException, FormatException {
      return answers.get(log.name(), what);
    }
  }

  /** Fetches and checks everything of a tenant in one log. */
  public Verdict check(NoteKey log, String tenant, Proved listener)
      throws IOException, InterruptedException {
    return new Run(log, tenant, listener, true).check();
  }

  /** The same of some of them, however many the custodian states. */
  public Verdict checkSome(NoteKey log, String tenant, Proved listener)
      throws IOException, InterruptedException {
    return new Run(log, tenant, listener, false).check();
  }

  /** Whether a count of a tenant is one that a statement is over, by the path that is given. */
  static boolean isStated(CustodyStatement statement, JsonObject own, String tenant, long count)
      throws FormatException {
    TenantCount stated = new TenantCount(tenant, count, Hash.parseBase64(own.string("salt")));
    return statement.proves(stated, own.number("index"), path(own));
  }

  private static List<Hash> path(JsonObject json) throws FormatException {
    List<String> texts = json.strings("path");
    if (texts.size() > InclusionProof.PATH_MAX) {
      throw new FormatException("a path is too long");
    }
    List<Hash> path = new ArrayList<>();
    for (String text : texts) {
      path.add(Hash.parseBase64(text));
    }
    return path;
  }
}
