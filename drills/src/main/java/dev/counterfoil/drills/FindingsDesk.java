package dev.counterfoil.drills;

import dev.counterfoil.format.Sighting;
import java.io.IOException;
import java.util.List;

/** The monitor of the throwaway installation, over HTTP. */
interface FindingsDesk {
  /** Hands sightings in, as a registered reporter. */
  void report(List<Sighting> sightings) throws IOException, InterruptedException;

  /** All findings so far, oldest first. */
  List<SeenFinding> findings() throws IOException, InterruptedException;
}
