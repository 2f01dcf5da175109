import { testGroup } from "./suite";

testGroup("endurance");
