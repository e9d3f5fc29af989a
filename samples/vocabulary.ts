// Words of the sample notes. Common clinical English and, where a term is built from parts, invented: no text was
// taken from any note, and the codes made from these terms only have the shape of ICD-10-CM and CPT codes.

export const labels = ["problem", "procedure", "test", "medication", "anatomy"] as const;
export type Label = (typeof labels)[number];

/** A specialty's own terms by label, and the letter that its diagnosis codes begin with. */
export type Vocabulary = Record<Label, string[]> & { chapter: string };

const list = (terms: string) => terms.split(",").map((term) => term.trim().replace(/\s+/g, " "));

function specialty(chapter: string, terms: Record<Label, string>): Vocabulary {
  return {
    chapter,
    problem: list(terms.problem),
    procedure: list(terms.procedure),
    test: list(terms.test),
    medication: list(terms.medication),
    anatomy: list(terms.anatomy),
  };
}

export const specialties: Record<string, Vocabulary> = {
  Cardiology: specialty("I", {
    problem: `hypertension, atrial fibrillation, congestive heart failure, coronary artery disease, unstable angina,
      aortic stenosis, mitral regurgitation, palpitations, syncope, sinus bradycardia, ventricular tachycardia,
      pericardial effusion, peripheral edema, ischemic cardiomyopathy, ST depression, heart block`,
    procedure: `cardiac catheterization, coronary artery bypass grafting, pacemaker implantation, cardioversion,
      percutaneous coronary intervention, catheter ablation, aortic valve replacement, pericardiocentesis`,
    test: `echocardiogram, electrocardiogram, treadmill stress test, troponin, Holter monitor, BNP, lipid panel,
      coronary CT angiography, tilt table test`,
    medication: `metoprolol, lisinopril, amiodarone, clopidogrel, atorvastatin, furosemide, apixaban, nitroglycerin,
      spironolactone, diltiazem`,
    anatomy: `left ventricle, mitral valve, aortic root, right coronary artery, left atrium, apex, carotid artery`,
  }),
  Urology: specialty("N", {
    problem: `kidney stone, hematuria, urinary retention, benign prostatic hyperplasia, hydronephrosis, nocturia,
      urinary tract infection, erectile dysfunction, overactive bladder, ureteral stricture, flank pain, dysuria,
      bladder tumor, phimosis, stress incontinence`,
    procedure: `lithotripsy, ureteroscopy, cystoscopy, transurethral resection of the prostate, ureteral stent placement,
      circumcision, vasectomy, suprapubic catheter exchange`,
    test: `urinalysis, urine culture, renal ultrasound, prostate specific antigen, post-void residual, uroflowmetry,
      retrograde pyelogram`,
    medication: `tamsulosin, finasteride, oxybutynin, nitrofurantoin, ciprofloxacin, mirabegron, sildenafil`,
    anatomy: `bladder, left ureter, prostate, right kidney, urethra, renal pelvis, scrotum`,
  }),
  Orthopedics: specialty("M", {
    problem: `rotator cuff tear, osteoarthritis, distal radius fracture, meniscal tear, low back pain, hip fracture,
      carpal tunnel syndrome, plantar fasciitis, ankle sprain, lumbar stenosis, joint effusion, bunion, frozen shoulder,
      trigger finger, tennis elbow`,
    procedure: `total knee arthroplasty, arthroscopy, open reduction and internal fixation, carpal tunnel release,
      lumbar laminectomy, closed reduction, joint aspiration, splint application, hip replacement`,
    test: `knee X-ray, MRI of the shoulder, bone density scan, nerve conduction study, range of motion testing,
      weight-bearing films, Lachman test`,
    medication: `ibuprofen, meloxicam, cyclobenzaprine, oxycodone, celecoxib, gabapentin, methylprednisolone`,
    anatomy: `left knee, right shoulder, lumbar spine, distal radius, medial meniscus, Achilles tendon, hip, wrist`,
  }),
  Gastroenterology: specialty("K", {
    problem: `gastroesophageal reflux disease, cholelithiasis, Crohn disease, ulcerative colitis, diverticulitis,
      rectal bleeding, iron deficiency anemia, dysphagia, colon polyp, acute pancreatitis, hepatic steatosis, melena,
      constipation, celiac disease, inguinal hernia, peptic ulcer`,
    procedure: `colonoscopy, esophagogastroduodenoscopy, polypectomy, laparoscopic cholecystectomy, paracentesis,
      hernia repair, ERCP, band ligation`,
    test: `abdominal ultrasound, CT abdomen, liver function tests, fecal occult blood test, lipase, H. pylori breath test,
      hepatitis panel`,
    medication: `omeprazole, mesalamine, ondansetron, lactulose, famotidine, infliximab, pantoprazole, polyethylene glycol`,
    anatomy: `gallbladder, sigmoid colon, terminal ileum, liver, epigastrium, duodenum, right lower quadrant`,
  }),
  Pulmonology: specialty("J", {
    problem: `chronic obstructive pulmonary disease, asthma, pneumonia, pleural effusion, pulmonary embolism, hemoptysis,
      sleep apnea, pulmonary nodule, bronchiectasis, shortness of breath, wheezing, interstitial lung disease,
      respiratory failure, common cold, bronchitis`,
    procedure: `bronchoscopy, thoracentesis, chest tube placement, intubation, lung biopsy, tracheostomy, lobectomy`,
    test: `chest X-ray, pulmonary function tests, arterial blood gas, sputum culture, CT chest, D-dimer, polysomnography,
      six-minute walk test, spirometry`,
    medication: `albuterol, prednisone, azithromycin, tiotropium, montelukast, levofloxacin, budesonide, fluticasone`,
    anatomy: `right lower lobe, left lung base, trachea, pleura, hilum, lung fields, upper airway`,
  }),
  Neurology: specialty("G", {
    problem: `migraine, seizure disorder, ischemic stroke, multiple sclerosis, Parkinson disease, peripheral neuropathy,
      Guillain–Barré syndrome, essential tremor, vertigo, memory loss, foot drop, trigeminal neuralgia, aphasia,
      transient ischemic attack, restless legs syndrome, numbness`,
    procedure: `lumbar puncture, nerve block, botulinum toxin injection, carotid endarterectomy, deep brain stimulation,
      ventriculoperitoneal shunt placement`,
    test: `MRI brain, electroencephalogram, electromyography, CT head, carotid duplex, Mini-Mental State Examination,
      visual evoked potentials`,
    medication: `levetiracetam, sumatriptan, carbidopa-levodopa, topiramate, donepezil, lamotrigine, pregabalin, baclofen`,
    anatomy: `left temporal lobe, cerebellum, brainstem, cervical spine, median nerve, left hemisphere, basal ganglia`,
  }),
  Endocrinology: specialty("E", {
    problem: `type 2 diabetes mellitus, hypothyroidism, Graves disease, thyroid nodule, obesity, hyperlipidemia,
      adrenal insufficiency, osteoporosis, vitamin D deficiency, diabetic ketoacidosis, polycystic ovary syndrome, goiter,
      hypoglycemia, hyperkalemia`,
    procedure: `thyroidectomy, fine needle aspiration, insulin pump placement, radioactive iodine ablation,
      parathyroidectomy`,
    test: `hemoglobin A1c, thyroid stimulating hormone, fasting glucose, serum iron, vitamin D level, DEXA scan,
      basic metabolic panel, serum calcium, cortisol stimulation test`,
    medication: `metformin, levothyroxine, insulin glargine, semaglutide, methimazole, alendronate, calcium carbonate,
      vitamin D, glipizide`,
    anatomy: `thyroid, adrenal gland, left thyroid lobe, pituitary, neck, feet`,
  }),
  Dermatology: specialty("L", {
    problem: `psoriasis, basal cell carcinoma, eczema, acne, actinic keratosis, cellulitis, urticaria, melanoma, rosacea,
      contact dermatitis, pruritus, skin tag, tinea pedis, purulent discharge, pressure ulcer`,
    procedure: `shave biopsy, cryotherapy, Mohs surgery, incision and drainage, wound debridement, punch biopsy,
      phototherapy`,
    test: `dermoscopy, patch testing, KOH preparation, wound culture, skin scraping`,
    medication: `hydrocortisone cream, tretinoin, doxycycline, clobetasol, cephalexin, isotretinoin, mupirocin, adalimumab`,
    anatomy: `scalp, left forearm, trunk, nasal bridge, axilla, dorsal hand, groin`,
  }),
  Nephrology: specialty("N", {
    problem: `chronic kidney disease, acute kidney injury, nephrotic syndrome, proteinuria, anemia of chronic disease,
      hyponatremia, end-stage renal disease, lupus nephritis, metabolic acidosis, renal artery stenosis, fluid overload`,
    procedure: `hemodialysis, arteriovenous fistula creation, renal biopsy, peritoneal dialysis, kidney transplant,
      tunneled catheter placement`,
    test: `creatinine, estimated GFR, urine protein to creatinine ratio, renal duplex, serum potassium, phosphorus,
      complement levels`,
    medication: `sevelamer, epoetin alfa, calcitriol, losartan, sodium bicarbonate, torsemide, iron sucrose, iron`,
    anatomy: `left kidney, renal cortex, fistula site, right internal jugular vein, lower extremities`,
  }),
  Gynecology: specialty("O", {
    problem: `menorrhagia, uterine fibroid, ovarian cyst, endometriosis, gestational diabetes, preeclampsia, pelvic pain,
      hyperemesis gravidarum, cervical dysplasia, vaginal prolapse, amenorrhea, mastitis, ectopic pregnancy`,
    procedure: `hysterectomy, cesarean section, dilation and curettage, colposcopy, tubal ligation, IUD insertion,
      endometrial ablation`,
    test: `Pap smear, transvaginal ultrasound, mammogram, beta hCG, nonstress test, glucose tolerance test, HPV testing`,
    medication: `medroxyprogesterone, oxytocin, magnesium sulfate, clomiphene, norethindrone, estradiol, folic acid`,
    anatomy: `cervix, left ovary, uterus, endometrium, right breast, fundus, adnexa`,
  }),
  Otolaryngology: specialty("H", {
    problem: `chronic sinusitis, otitis media, hearing loss, epistaxis, tonsillitis, tinnitus, deviated septum, vocal cord nodule,
      Ménière disease, nasal polyp, hoarseness, cerumen impaction, allergic rhinitis`,
    procedure: `tonsillectomy, myringotomy with tube placement, septoplasty, functional endoscopic sinus surgery,
      cerumen removal, laryngoscopy`,
    test: `audiogram, tympanometry, CT sinuses, rapid strep test, allergy testing, videostroboscopy`,
    medication: `amoxicillin, cetirizine, fluticasone spray, ofloxacin drops, pseudoephedrine, loratadine, clindamycin`,
    anatomy: `tympanic membrane, maxillary sinus, oropharynx, left ear, vocal cords, nasal septum, tonsils`,
  }),
  Ophthalmology: specialty("H", {
    problem: `cataract, open-angle glaucoma, diabetic retinopathy, macular degeneration, conjunctivitis, dry eye, blurred vision,
      retinal detachment, corneal abrasion, uveitis, strabismus, floaters`,
    procedure: `phacoemulsification, intravitreal injection, laser trabeculoplasty, vitrectomy, panretinal photocoagulation,
      punctal plug placement`,
    test: `visual acuity, optical coherence tomography, tonometry, visual field test, fundus photography, slit lamp examination`,
    medication: `latanoprost, timolol, prednisolone drops, aflibercept, artificial tears, cyclosporine drops, moxifloxacin`,
    anatomy: `left eye, cornea, optic disc, macula, anterior chamber, right eyelid, retina`,
  }),
  Oncology: specialty("C", {
    problem: `breast cancer, non-small cell lung cancer, diffuse large B-cell lymphoma, neutropenia, multiple myeloma, pancytopenia,
      brain metastasis, chemotherapy-induced nausea, mucositis, prostate cancer, deep vein thrombosis, cachexia, fatigue`,
    procedure: `lumpectomy, sentinel node biopsy, port placement, external beam radiation, stem cell transplant,
      bone marrow biopsy, mastectomy`,
    test: `PET scan, complete blood count, CEA, tumor marker panel, bone scan, flow cytometry, staging CT, MRI breast`,
    medication: `paclitaxel, pembrolizumab, filgrastim, tamoxifen, rituximab, cisplatin, dexamethasone, enoxaparin, letrozole`,
    anatomy: `left breast, axillary nodes, mediastinum, liver dome, bone marrow, upper outer quadrant`,
  }),
  Psychiatry: specialty("F", {
    problem: `major depressive disorder, generalized anxiety disorder, bipolar disorder, insomnia, panic attacks, schizophrenia,
      alcohol use disorder, ADHD, post-traumatic stress disorder, opioid dependence, delirium, depression`,
    procedure: `electroconvulsive therapy, cognitive behavioral therapy, transcranial magnetic stimulation, crisis intervention`,
    test: `PHQ-9, urine drug screen, lithium level, GAD-7, neuropsychological testing, mental status examination`,
    medication: `sertraline, lithium, quetiapine, lorazepam, bupropion, escitalopram, buprenorphine, aripiprazole, trazodone`,
    anatomy: `frontal lobe, left wrist, extremities`,
  }),
};

/** Short forms that clinicians of every specialty write. Some mean different things under different labels. */
export const shortForms: Record<Label, string[]> = {
  problem: list(
    "HTN, AF, DM2, CKD 3, COPD, GERD, CAD, CHF, BPH, OSA, UTI, DVT, PE, MS, RA, AKI, SOB, N/V, MI, HLD, TIA",
  ),
  procedure: list("CABG, ORIF, TURP, PCI, EGD, TKA, I&D, PT, LP, D&C, THA, OT, AVF"),
  test: list("CBC, BMP, CXR, EKG, UA, A1c, TSH, PT, INR, CMP, MRI, LFTs, PSA, ABG, ESR, CRP, EEG, CT"),
  medication: list("ASA, HCTZ, MS, NTG, abx, NSAIDs, PPI, KCl, APAP, MTX, vitamin B12, iron, insulin"),
  anatomy: list(
    "RLQ, LUE, RA, LV, abd, L knee, R hip, LLE, UE, C-spine, back, chest, abdomen, neck, heart, lungs",
  ),
};

/** Word parts: terms made of them are seen once or twice, so a tagger has to learn from their shape. */
export const parts = {
  roots:
    list(`nephr, gastr, arthr, hepat, neur, oste, cholangi, derm, rhin, bronch, cyst, enter, col, my, vascul, thyroid,
    tendin, burs, kerat, ot, laryng, pharyng, spondyl, chondr, aden, lymphaden, splen, pancreat, esophag, duoden`),
  problemEndings: list("itis, opathy, oma, osis, algia, omalacia, ocele, olysis, omegaly, otoxicity"),
  procedureEndings: list("ectomy, otomy, ostomy, oplasty, oscopy, opexy, orrhaphy, odesis"),
  testEndings: list("ogram, ography, ometry, oscintigraphy"),
  drugStarts: list(
    "zel, bri, ota, vel, cam, dor, fen, lix, mar, nor, pra, quin, ral, sol, tev, ulo, xan, yta, amb, erg, ibo",
  ),
  drugMiddles: list("o, i, a, evo, ima, ora, uti, axo, ino, epa, ura"),
  drugEndings: list(
    "pril, sartan, statin, mab, azole, cillin, olol, gliptin, oxacin, tinib, dipine, vir, triptan, prazole",
  ),
  sides: list("left, right, bilateral, upper, lower, proximal, distal, anterior, posterior, medial, lateral"),
  sites:
    list(`knee, shoulder, elbow, forearm, calf, thigh, flank, hip, ankle, foot, hand, neck, chest wall, abdomen, jaw, temple,
    eyelid, forehead, scapula, sternum, sacrum, buttock, heel, thumb, great toe, lip, tongue, groin, rib, clavicle`),
  complaints: list(
    "pain, swelling, weakness, tenderness, laceration, contusion, abscess, numbness, stiffness, rash, mass, burn",
  ),
  modalities: list(
    "MRI of the, CT of the, ultrasound of the, X-ray of the, duplex of the, plain films of the",
  ),
  analytes: list(
    "ferritin, amylase, magnesium, albumin, uric acid, ammonia, folate, lactate, zinc, transferrin, copper, bilirubin",
  ),
  severities: list(
    "acute, chronic, severe, mild, recurrent, worsening, intermittent, persistent, moderate, new-onset, refractory",
  ),
};
