/** English words one slip away from a form of the lexicon, so that they are never mended into it (from SCOWL 2020.12.07, Kevin Atkinson, free to use with this notice). */
export const realWords: ReadonlySet<string> = new Set(
  `adorn airline airlines alas albs ales align aline allay alloy ally alms alts amino amour ample amplified amplifies anger angle anise ankle ankles ante anti antic apps arbor arcade
  arched archery arcs ardor area armory asps astray attired audio audit automation automobiled axed axle babble babbles babe babel babes babied babier babiest backer backward badder
  bade baggy bail bait bake baked bakes balance balances bald bale balk ballet balm bandanna bane bang banker banks banned bans banter barb bare bared barely barer barf barge baring
  bark barker barman barney baron barred barren basemen baser basked bass bast bate bath baton batter batters battle baud bawl bead beading beads beak beaked beaks beam beaming beams
  beaning bearding bearer beat beater beating beats beau beaus beck beech beefy beep beetled began beget begs belch belle belly bend bender bent bents bereft berried beset besot
  bestir beta bets bewaring bibs bicycled bidder bide bids bier biked biker biking bikinis bile bill billet bind bindery binds bingo binocular birdied birth bitch bite bitter blame
  blamer blander blanked blanker blankest blare blaring blast blat blaze blazed blazes bleach bleaker bled bleeder blench blended blest blinder blip blithe bloat blonder blood blot
  blots bloused blow blunder board boast bobble bobbles bobs bode boding body boga boggy bogs bogy boil bola bold bolder bole boll bond boned boner boney bong bongs boning bonnie
  bonny bony boob boobs booing booked boom booms boon boons boor boors boos boost boosts booth booths bootie booty bops bore borer boring born borne bosh bossy bother botnet bottled
  bounder bout bouts bowel bower bowing bowlder boxed boxen boxing brad brag bran brat braver bray breach break breaker breast bred breed bribe bridged bridle brine brink brinks
  brisk brisks broach broad bronzed brood brook brothel brow bubbled bubbly bucked buckled buckler budge buds bugger bugler bulb bulbs bulgy bulk bulldoze bulldozed bulldozes bulled
  bully bumble bumbles bums bunch bung bungle bungs bunk bunt buoy burble burbles burg burgher burgs burn burner burs burst bush businessmen businesswomen buss buster busy buts butt
  butte butted butterflied buttery buttes buys cabal caddy cadge cads caged cagey cagy caked calif calk calm calve camber cameo camomile camouflaged camp camped campier cams canard
  candled caned caning canny canoed canon cant cantaloup cantaloups canton cants caped caper capon capsuled caracul carat caret caricatured carnal carousal carouse caroused carouser
  carouses carped carpel carpi carrousel carry carton cartons cartoonist carve cases cashed cashes casino casseroled cast castanet caste caster castled casts caved cavemen caviare
  caws celerity cell cellar celli cells chafe challenge challenged challenges champ chant chap chapt char charge charged charges charier charm charmer chars charter chary chaster
  chat chats cheats cheek cheery cheesed cheesy chem chessman chest chew chewy chic chid chief chile chilis chill chills chilly chimaera chime chin chink chins chipper chirp chit
  chock choir choke choked chokes choler chomp chomper chop chopped choppier choral chow chuck chump cicadae cinch cite citron civil clack clad claim clamp clan clap claw cleans
  clears cleat clef clefts clever clip cloches clod clods clop clops closed closer closes closest clot clothe clothed clots clotting cloudy clout clouts clove cloven cloves clownish
  cloy cloys cluck coach coal coasted coax cock cocked cockier cocoanut coda coffer coif coifs coil coils coked colic collate college collide collier cols coma combo comer comes
  comforted comm commuter compute computed computes conceit concert condole condom condor cone conic conics conk cons consoled cont converge conversation conversed cooker cooky
  cooled coolie coolies coon coons coop cooper coos coot cootie cooties cope copper copra cord core cork corm cornet corny corp corral cosmic costumed cote cough coup coupled couplet
  coups cove cover covet cowl cradled crag cram craned crank crap crape crass crated crater crave craw cray craze creak creed creel creep creeps crept cress crew crick crimp croak
  croci crock crocks crone crook croon crop cropper crops crotch crotches crotchet crouch crowd crunch crunches crust cubit cubits cuddle cult curate curly curt curtail curtails
  curvy cusp cuts czar dado daemon daft daguerreotyped dairy dais dale dame damn damp dance danced dances dander dandy danger danker dare darn dash dead decaf decanted decay deck
  deed deem defective defer deice deli dell demo demos denial deter diced dicey dick died diet diffuse diffused diffuses dike dill dime dimer dimpling dine dined dines ding dings
  dingy dink dinker dinner dins dint dire direr dirt disc discos discs discuss diss dive diver docs dodge dodgy doer doggier dogie dole dolly dolt dome donor doodled doodler doodlers
  doom doorman dope dork dose dote dour dourer doze drafty dragoon dram drams drape draped dread dream dreams dreary dregs dressed dressier dressy drift drily droll droned dross
  drove drub drubs drug drugs drummed ducal ducat ducats ducking duct duded dudgeon duds duet duke dull dumping dunce dung dungaree dunk duns dupe duress dusk dustman dyer eaglet
  earbud earl earls earmuff earn earning earnings earns earphone earthwork earthy ease eased eases eats eaves eclipsed egis egos ekes elegant ellipse embroider embroiders emojis
  emoted emotion employe employed employer employes emus envelop enveloped envelops eras erase erased erases ergs erring errs eschew etcher eves ewer exes express eyed faced facet
  factor factors fade fain fainest fair fairs fake falter fame fang farce fare farmed fart farther fasted fasten fate fats fatter fattest faun faze feast feat feathery feeder feet
  fell femora fenced fencer fended fennel fest fester fiches fiddled fiddler fiddly fiend fife figured figuring filch filed filigreed finance finder fines fiord fired firemen firm
  firmer firs fished fisher fishermen fishers fishy fist five flab flack flagon flak flake flakes flambes flamed flamer flamers flaming flamings flank flap flare flares flash flaw
  flax flay fleeced fleecy flex flied flinch flit float flog flood flowed flowery flub flue fluke flume flumes fluted foam focal foil fold folk fond fonder fool foot footfall fora
  forage force fore foreman fores forged forger forget forgo form former fort forte foster foul fount fowl foxy foyer frag frame framer frames frat frees fried frier friers fringe
  fruity fryer fuddle funk funks funky furies furry gage gaggles gain gait gale gall gamma gang gape gapes garaged garbage gardened garter gasp gasses gated gaze gees gelling genome
  gentlemen germ germanium gestured giblet giggles gilding gill gingko gird girt glads glassed glassy glazier glide glided glides gloat glob globed globs gloom gloss glosses gloved
  gnat goad godless gofer goggle goggled gold golfed gonk googles goon goosed gorse gout govt grabs grace graces grade grader grades grads graffito grafter grainy grams grander
  grandparent grant graph graphs grasp grasps grassy grate grated grates grave graver graves grayer grays graze grazes greater grin gripe gripes grope gropes gross grove groves grown
  gulf gully gulp gummier gummiest gunk hack hackney haft hake hale halfway haling hall halt hammed hamper handball handbill handy hang hangar hangars hanged hangs hank hanker hanks
  hared harem hark harking harm harming harmonic harmonics harping harpy harry hart harvested hasp hatched hatches hate hater hath hating hawing haws haying haze hazing header
  headland healer heals hearer hearing hears heat heated heather hedged heeds heel hell hepper herb herd heroin heroins hers hewn highlighted hike hiked hikes hilly hilt hind hinds
  hipper hippy hire hiring hoarse hockey hoes hokey hole holy homed homer homey homie homy hone honed hones hooey hoorah hopped horde horned horsed horsefly horseshoed horsey horsy
  hosed host hostel hotly housecoat housed hove hovel hull humane humidified humidifies hummock humus hunger hunker hunted hurray husk husks hussy hyaena hydrae ibis iced idyl ikon
  ikons illustrate illustrates imam impale incensed infect infects inferior influence influenced influences inject injects inky inland insert inserts inset insets inspect inspects
  intense interjection ions irks irony jacked jamb jangle jeer jeez jell jello jells jest jested jewel jeweller jewellers jigsawn jingle jolly juggle juiced juicer juicy jumped
  jumpier juster kebob kenned kernel keto keying kick kicky kiddy kill kiln kilo kindled kinds kink kinks kiss kited kith kits kiwis knee knifed knitter knot knotted laced lack lacy
  lade ladled lads lain lama lame lams lanced lancer lancet lander landscaped landscaper landscapers lane lapel larder lasagne lase lathe latter lava laws layer laze lead leafy leak
  lean leans leap leas leases leaved leaven leavens leer lees lefter legging leggins legs leis lemony lend lends lent lets lexica liar libel lice lichee lick lien liens lifeline
  lifework lighted lighten lightening lighting lilt limb limbo limed limn limp limy linear lira liras lire lite litter littering loader loaders loafed loam loan loaner loaners loci
  locked locker loco locus loft loge loges logon logons logs loin loll lollypop loon loop loot lord lords lore lorn louts lube luck lump lurched lurches lure macaroni maced macho
  macron mads magma magneto mail maim male mamma mammas mane mange mangy mania manicured manna mantes mantra marbled march marked marker marks marsh mart martin marts masc mash
  masque mass mast mated math mats matt matte maws mead mealy meant meaty mecca mediaeval medial meet melt meme mend menus merchandised merchandize mercy mere mesh mess meta metal
  mete meter mewl mica microscopy microwaved mien mike mild mile miler milf milky mill mimed mince minds miner mines mini minim minima minims mink minks minster mints minus minx mire
  misc miser miss misses missive mistrial mite miter mitt mixed mixes moan moat mobs mobster mocha mock modal mods moister mold moll molt momma mono mood mooed moor moos moot mope
  mopped moral morn moron morose mortal mossy mote motes motorbiked motorcycled mound moused mouser mousey mousse mousy mouth moved mowed mown mows muffing muffle muffled muffles
  muggy mulch mull mung muse musk muss mussed musses mute myth natl navel neat nebulae nebular needled nets newbie news niceties nines nites nixes noel noodled noon noun nukes nursed
  oases officer ogle oily omen onset orangutang ouster outer outran outwit overall oxen pack pacts padding paddock paged pages paid pain painter paints pair palate paler pall palled
  palsy pancaked pander pane pang pangs panier pant panty papal papaw paper paps parachuted parch pare parent parrakeet pars parse parsley parson pasha passel passels paste pasted
  pastern pastes pasts pasty patchy pate patents pates path pathos pats patsy patter patters pawl pawn payer peace peak peal pearl peasant peat pebbled pebbly peck pedal pedant
  peeled peeper peer pellet pelt penal pend pendent pennant penny pent peon peons peopled pepped peppery peppier peppy peps perch perfumed perk personae pert pest pester phoned
  phoney phony piazza pied pigmy pike piker pile pimps pine ping pints piped piper pips pirated pistil piston pitch pitched pitches pivot placid plague plain plainer plaint plait
  planed plank planned plans planted plaster plated platen plea pleasant pliant plies plod plop plops plot plotter ploy pluck plug plumb plume plump plumps plushier plushiest poach
  pock podding pods poem poet poets pointed pointier poise poke poky pole policemen policewomen polio poll pols pone pooh pool poops pope popes poppa pore porn porter portion portray
  posed poser posh posher poss posse posted posy potted pottier pound pout prance prate pray preach pries prig prigs prim printed prom prone propelled props prose protector prow
  puddling puffing pullet pulp pulps pulpy pulse pump pumper punk punts puny pupa pupped pure puree purge pursed purser pursue push pushy putter puzzled puzzler quack queer quelling
  quicken quiet quill quilting quirk quisling quit rabbi rabbis rabid race rack racked radii rage raid rain rains raked rakish rang range ranged ranges rangier ranker rant ranter
  rape raped rapier rapped rapt ratio rattled rattler rave raved ravel raves ravish raze recd recline reclined reclines recorded reedy reek reel rein reins remoter remove rend
  reorder residency resolver retrieve retrieved retrieves retrod retry revolve revolved revolves riced rich rick ricksha rickshas ride rider rids rife rifer riffle rifled rift rigs
  rile rime rims rind ringer rink ripe riper ripper rips rise riser rises risk rite riven rivet roam roan roar roaster robed robing robs rocked rocker rocky rode roes roger roister
  role roles romanticist rood rook roomy roosted root rooter roped rosin roster rosy rotary rote rouge rouse rouses route routed routes rove roved roves rower rube rubs rude ruder
  rued rugby ruing rule ruled rules rump rung runnel runnier runs runt ruse ruses sabre sack sacks saddled sades safer sage sager sail saki sale sallow salon saloon samurais sancta
  sane saner sank saris sate satellited sauce sauced sauces saucier savannah saver sawn scag scallion scamp scandal scandals scanned scanter scar scare scars scary scissor sconce
  scooted scope score scream screwy scrimp scull sculptured scum scurf scythed seam seaman sear seat seaway seed seedy seep sell sepal septa sera serf serial settle settler shad
  shade shaded shads shag shake shaker shakes shallow shames shank shapes shard shares sharp shave shaved shaven shaves sheaf shear sheen sheer sheet sheets sherd shes shied shies
  shift shill shim shimmer shin shine shipper shippers shire shirk shirr shit shiver shlep shock shocking shocks shod shoed shone shoo shoon shoos shooter shoots shored shorn shouts
  shove shoved shoves showman shred shrew shrews shrike shrink shrive shuck shun sick sicker sickly sicks sidling sifter sigh signer silhouetted silk simmer sine sing singe singed
  singes sinker sinner sins sitter skateboarded skein skew skid skids skied skilled skim skims skin skins skipper skippers skips skit skits skulk slack slag slake slam slap slaver
  slaw sleep sleets slew slice slicker slickers slicks slid slide slider slier slim slimmer slims slimy slink slinks slip slipped slippery slit sloe sloes slop slosh slot slots slue
  slued slug slump slunk slur slut smack smacks smear smell smit smock smocking smocks smoked smoker smoky smote snag snaked snaky snap snare snarf snark snarl sneak sneaked sneakier
  snicker snickers snider snip snit snore snorts snowmen snowmobiled snuck soak soaks soapy soar sober socking sods soft solder soled solider song sooth sore sorts soupy sour souse
  sown soya space spacemen spaded spake span spanned spar spare spark spate spay speak spectacle sped speeds spell spew spidery spinner spit spite spites spoil spoke sponged sponger
  spongy spoof spook spooks spoor spore sports spout sprat spree spritz spritzes spry spun spunk squad stab stabler stack stacking stacks staff staffs stage stain stains stair stake
  staler staple stapled staples stare stark stat state stature status statute stave stay stead steal steam steamer steamrolled steep stem stern stickier sticking stickler sticklers
  stinger stink stinker stinkers stir stirs stock stocks stoke stoking stole stomp stoned stoner stoney stony stood stoop stored storey stormy story stout stow strait strap strata
  straw streak streamed stretched stretches stretchier strew strews stroll strolled strove strum strut stuffier stuffy stump stun stunk suaver subset suck suckle sucks sued suet
  suffer suite summarize summarized summarizes sung sunk surer surfed suspender swab swaddle swag swain swam swami swampy swank swap sward swat sway swear swearer sweatier sweats
  sweep sweeps sweet sweeter swell swelter swinger swoon swop swore sworn swum synch synthesize synthesized synthesizes syringed tabled tack tact tale tamer tang tans taper
  tarantulae tare taro taros tarp tarrier tars tartar taster taut taxis teaches teak teal tear tearier teat teed teem teen teethe telecasted telephoned telephony telescoped tempera
  tend tenet tens tenth terrain textural textured thee thees therein thin thine thins thong threes throe throng throve tide tied tier tike tilde tiled till tilt timber timed tine
  ting tint tired tiro title toady toasted toastier toasty toddle toddled toddles toddy toed toil toiled toiler toke told toll tome toms tone toner tony toot toothy toots topography
  tore torn torsi tort torte tost toted totem tots touch tout towed tows track trail trailed trainees trait traitor tramp trap trawler treas treed trek treks tress trial trick tries
  trill trim triply tripos trolled trolly tron trot troth troupers trouser trowel troy truce true trues trumped trunk tryout tubby tube tuck tucker tumble tumbled tumbles tune tuns
  turnkey tusked tutus twain twee twig twine twink twit tying tyke typewrite typewrites tyrannosaurs tyro ukelele vain vale value valved vane vantage vape vaporware vars vast vats
  veal veggie vein vent veto vice vicing victor vies vile viler villager vine viol violent viols viral visa vised vising vital void voile volley vols volt vote vowel vowels waffled
  waif waifs wail wails waited waiver wale wales walks walled wallow wane waned wank warble warbled warbles ward warehoused warm warp wash washed washes waster water weed wells welt
  wench wend whaled whaler wheal whet whine whipped whisked whisker whist whistled whistler whiter whittle widow wield wild wile willowy wills wince winch wind wined wing wink winnow
  wino wins wipe wire wise wisher wisp wistaria wive woke woken wood woodsy woody woof woofs woos word words wore wormy worn worship woven wrath wreathe wrestle wrestled wrestles
  wretch writer yack yank yard yawn yearn yoghurt zapper zebus zipped zippier zombi zombis zoom zucchinis`.split(
    /\s+/,
  ),
)
