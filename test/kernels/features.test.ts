import { testGroup } from "./suite";

testGroup("features");
