package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.disclosure.validation.PublishedSchema;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a document is valid: the schema, then the mandatory tests of CSAF 2.0, 6.1. Of these,
 * 6.1.11 knows the names of the weaknesses that a token authority has, and 6.1.13 is the schema's
 * pattern alone. Scores are CVSS 3.x base scores; others are refused, since they are not computed.
 */
public final class CsafCheck {
  private CsafCheck() {}

  /**
   * All faults of a document, in the order of its members; empty where it is valid.
   *
   * @throws FormatException where it is no JSON object at all, or too long
   */
  public static List<Fault> faults(byte[] utf8) throws FormatException {
    JsonObject json = StrictJson.object(utf8, CsafDocument.BYTES_MAX);
    if (AdvisoryEnding.isDraft(json)) {
      return List.of(
          new Fault("csaf-2.1", "/document/csaf_version", "2.1 is a draft still; take 2.0"));
    }
    List<Fault> faults =
        new ArrayList<>(PublishedSchema.CSAF.faults(new String(utf8, StandardCharsets.UTF_8)));
    if (faults.isEmpty()) {
      CsafMembers all = new CsafMembers("", json);
      Products products = Products.of(all.inner("product_tree"));
      faults.addAll(DocumentTests.faults(all.inner("document")));
      faults.addAll(HistoryTests.faults(all.inner("document").inner("tracking")));
      faults.addAll(products.faults());
      faults.addAll(VulnerabilityTests.faults(all.objects("vulnerabilities"), products));
      faults.addAll(ProfileTests.faults(all));
    }
    return faults;
  }

  /**
   * All faults of a document that ended, in CSAF 2.1: the schema of the draft, the tests of its
   * history and languages, which are those of CSAF 2.0, and the tests of the two profiles.
   *
   * @throws FormatException where it is no JSON object at all, or too long
   */
  public static List<Fault> draftFaults(byte[] utf8) throws FormatException {
    JsonObject json = StrictJson.object(utf8, CsafDocument.BYTES_MAX);
    List<Fault> faults =
        new ArrayList<>(
            PublishedSchema.CSAF_DRAFT.faults(new String(utf8, StandardCharsets.UTF_8)));
    if (faults.isEmpty()) {
      CsafMembers all = new CsafMembers("", json);
      faults.addAll(HistoryTests.faults(all.inner("document").inner("tracking")));
      faults.addAll(AdvisoryEnding.faults(all));
    }
    return faults;
  }
}
